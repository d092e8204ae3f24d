#include "depth_watch.hpp"

#include <algorithm>

#include <txq/log.hpp>

#include "destination.hpp"
#include "source.hpp"

namespace txq::relay {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 1s;
/// A look takes no more than one part in so many of the time, so that it does not keep jobs from being moved.
constexpr int share = 50;
/// But one that is full is looked at sooner: nobody can enqueue.
constexpr auto while_full = 2min;
/// What is said does not count any more after a minute: see txq.has_room.
constexpr auto said_again_after = 15s;

} // namespace

void depth_watch::step(clock::time_point now) {
    auto const looks = now >= next_look_;
    if (!looks && (full_.empty() || now < next_word_)) return;
    try {
        if (looks)
            look(now);
        else
            say(full_, now); // counting may take so long that it would not count any more until the next look
    } catch (failure const& failed) {
        if (failed.kind() == fault::connection) throw;
        if (failures_.due(now))
            log::error("the depth of queues cannot be looked at",
                       {{"database", failed.database()}, {"error", failed.what()}});
    }
    if (!looks) return;
    auto const after = clock::now();
    auto const pause = std::max<clock::duration>(between_looks, (after - now) * share);
    next_look_ = after + (full_.empty() ? pause : std::min<clock::duration>(pause, while_full));
}

void depth_watch::look(clock::time_point now) {
    auto full = to_.full_queues();
    auto const first = next_look_ == clock::time_point{};
    if (!first && full == full_ && (full.empty() || now < next_word_)) return;
    say(full, now);
    tell(full);
    full_ = std::move(full);
}

void depth_watch::say(std::vector<full_queue> const& full, clock::time_point now) {
    next_word_ = now + said_again_after; // also if it cannot be said: so often it is tried
    from_.publish(full);
}

/// News only.
void depth_watch::tell(std::vector<full_queue> const& full) const {
    auto const among = [](std::vector<full_queue> const& those, full_queue const& one) {
        return std::ranges::count(those, one.queue, &full_queue::queue) > 0;
    };
    for (auto const& one : full)
        if (!among(full_, one))
            log::warning(
                "a queue is full",
                {{"queue", one.queue}, {"max_depth", one.max_depth}, {"enqueues", one.refuses ? "refused" : "warned"}});
    for (auto const& one : full_)
        if (!among(full, one)) log::info("a queue is not full any more", {{"queue", one.queue}});
}

} // namespace txq::relay
