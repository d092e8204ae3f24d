#include <txq/schedule/coming.hpp>

#include <algorithm>

#include <txq/error.hpp>

namespace txq::schedules {

coming coming_of(kept const& one) {
    // what a schedule that makes up for nothing has missed is not to come either, though nobody has noted that
    auto const base = one.skips ? std::max(one.base, one.now - std::chrono::minutes{1}) : one.base;
    try {
        auto const what = parse(one.times, zone{std::string{one.zone}});
        return {.next = one.paused ? std::nullopt : next(what, base)};
    } catch (error const& unknown) { return {.problem = unknown.what()}; }
}

} // namespace txq::schedules
