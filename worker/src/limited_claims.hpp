#pragma once

#include <optional>
#include <string>
#include <vector>

#include <txq/detail/pq.hpp>

#include "claim_desk.hpp"
#include "shared_state.hpp"

namespace txq {

/// Divides what a group would claim from a queue into claims that its limits allow: one of all kinds, and where the
/// limit of a kind cut that short, another one without that kind. Any thread.
class limited_claims {
  public:
    struct part {
        int jobs = 0;
        std::string kinds; ///< as an array
        std::string lane;  ///< see claim_desk
        limit_gate::ask allowed;
    };

    limited_claims(shared_state& state, claim_desk& desk)
        : state_{state},
          desk_{desk},
          kinds_{state.handlers.kinds()},
          all_{pq::array(kinds_)} {}

    /// Calls `claim(part)`, which returns how many it has got, until there are `wanted` or no more may be had.
    template <typename Claim>
    void run(std::string const& queue, int wanted, Claim claim) {
        for (auto const whole : {false, true}) {
            auto const next = begin(queue, wanted, whole);
            if (!next) return;
            auto const got = claim(*next);
            if (got == next->jobs && got < wanted) state_.limits.on_all_got(next->allowed);
            wanted -= got;
            if (got < next->jobs || wanted == 0) return;
        }
    }

  private:
    std::optional<part> begin(std::string const& queue, int wanted, bool whole) {
        if (!state_.limits.any()) return part{wanted, all_, queue, {}};
        auto allowed = state_.limits.begin_claim(
            queue, kinds_, wanted, [this](int handlers) { return desk_.wanted_ahead_of(handlers); }, whole);
        if (!allowed || allowed->jobs < wanted || !allowed->without.empty()) desk_.on_limited();
        if (!allowed) return std::nullopt;
        part next{allowed->jobs, all_, queue, {}};
        if (!allowed->without.empty()) {
            auto kinds = kinds_;
            std::erase_if(kinds, [&](auto const& kind) { return std::ranges::count(allowed->without, kind) > 0; });
            next.kinds = pq::array(kinds);
            for (auto const& kind : allowed->without) next.lane += '\n' + kind;
        }
        next.allowed = std::move(*allowed);
        return next;
    }

    shared_state& state_;
    claim_desk& desk_;
    std::vector<std::string> const kinds_;
    std::string const all_;
};

} // namespace txq
