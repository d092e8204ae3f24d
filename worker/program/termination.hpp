#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace txq::program {

/// When a child that has to stop is asked to, and when it is killed.
class termination {
  public:
    using clock = std::chrono::steady_clock;
    enum class action { nothing, ask, kill };

    /// What is to be done now; each is to be done once. `grace` is what the child has from being asked to being
    /// killed, and may change on the way.
    action next(bool stop, std::chrono::milliseconds grace, clock::time_point now) {
        if (killed_ || !stop) return action::nothing;
        if (!asked_) {
            asked_ = now;
            return action::ask;
        }
        if (now < *asked_ + grace) return action::nothing;
        killed_ = true;
        return action::kill;
    }

    bool has_asked() const noexcept { return asked_.has_value(); }

    /// How long to wait before asking for the next action again; nothing: until there is a reason to stop, or the end.
    std::optional<std::chrono::milliseconds> wait(std::chrono::milliseconds grace, clock::time_point now) const {
        if (!asked_ || killed_) return std::nullopt;
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(*asked_ + grace - now);
        // in small steps, because the grace may end before it was meant to
        return std::clamp(left, std::chrono::milliseconds{0}, std::chrono::milliseconds{100});
    }

  private:
    std::optional<clock::time_point> asked_;
    bool killed_ = false;
};

} // namespace txq::program
