#pragma once

#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "attempt.hpp"

namespace txq {

/// Every attempt that this process has claimed and whose end is not recorded yet. Any thread.
class hand {
  public:
    using pointer = std::shared_ptr<attempt>;

    /// False if an earlier attempt at the same job is in the hand.
    bool add(pointer const& one) {
        std::lock_guard const lock{mutex_};
        return by_id_.emplace(one->job.id, one).second;
    }

    void remove(std::vector<pointer> const& those) {
        std::lock_guard const lock{mutex_};
        for (auto const& one : those) {
            auto const found = by_id_.find(one->job.id);
            if (found != by_id_.end() && found->second == one) by_id_.erase(found);
        }
    }

    std::vector<pointer> all() const {
        std::lock_guard const lock{mutex_};
        std::vector<pointer> everything;
        everything.reserve(by_id_.size());
        for (auto const& [id, one] : by_id_) everything.push_back(one);
        return everything;
    }

    /// `call` must not ask the hand anything.
    template <typename Call>
    void for_each(Call call) const {
        std::lock_guard const lock{mutex_};
        for (auto const& [id, one] : by_id_) call(*one);
    }

    bool contains(pointer const& one) const {
        std::lock_guard const lock{mutex_};
        auto const found = by_id_.find(one->job.id);
        return found != by_id_.end() && found->second == one;
    }

    bool contains(uuid const& id) const {
        std::lock_guard const lock{mutex_};
        return by_id_.contains(id);
    }

    std::size_t size() const {
        std::lock_guard const lock{mutex_};
        return by_id_.size();
    }

  private:
    struct hash {
        std::size_t operator()(uuid const& id) const noexcept {
            std::size_t random_half;
            std::memcpy(&random_half, id.bytes().data() + 8, sizeof random_half);
            return random_half;
        }
    };

    mutable std::mutex mutex_;
    std::unordered_map<uuid, pointer, hash> by_id_;
};

} // namespace txq
