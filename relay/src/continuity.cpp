#include "continuity.hpp"

#include <algorithm>
#include <utility>

namespace txq::relay {

namespace {

/// Said of what is found now, and not of a server that is older still or has lost more since. A barrier that is beyond
/// that is one of who has begun to read anew, or of a server that has lost nothing.
bool resumes(stop const& stopped, observed const& now) {
    return stopped.resumed && now.timeline >= stopped.timeline && now.barrier >= stopped.kept_batch;
}

/// The barrier is written, and on disk, before the batch that it bears the number of; whatever that batch was read from
/// was written before it. So a database that has the last batch's barrier has all that has been moved, and one that has
/// not may lack some of it. Transaction ids alone tell nothing for long: they catch up. What was found by them stays
/// found.
bool lost_commits(recorded const& before, observed const& now) {
    if (now.holds_queue) return false;
    auto const found_by_ids = before.stopped && before.stopped->why == stop_reason::lost_commits &&
                              before.stopped->kept_batch >= before.batch;
    return now.barrier < before.batch || now.seen.xmax < before.at.txid || found_by_ids;
}

/// Also where it has lost one batch only, which otherwise looks like a relay that has died. A barrier below `anew` is
/// of a database whose barrier began anew as well, under another queue.
bool lost_reading_anew(recorded const& before, observed const& now) {
    return !now.holds_queue && now.anew > before.batch && now.anew <= now.barrier;
}

/// One more is a batch that a relay had read when it died, with its jobs still in the outbox: what is removed from
/// there raises the barrier before (mover::tidy).
bool lost_batches(std::int64_t batch, observed const& now) { return !now.holds_queue && now.barrier > batch + 1; }

/// What has been truncated cannot be moved again.
bool lost_jobs(recorded const& before, observed const& now) {
    return lost_batches(before.batch, now) && !covers(before.at, now.truncated, now.seen);
}

constexpr std::pair<stop_reason, char const*> reasons[] = {{stop_reason::lost_commits, "lost_commits"},
                                                           {stop_reason::outdated, "outdated"},
                                                           {stop_reason::queue_lost_jobs, "queue_lost_jobs"}};

} // namespace

char const* to_text(stop_reason reason) {
    return std::ranges::find(reasons, reason, &std::pair<stop_reason, char const*>::first)->second;
}

/// A reason that only a newer txq knows is taken for the one for which nothing but a person's word lets relays go on.
stop_reason parse_stop_reason(std::string_view text) {
    for (auto const& [reason, name] : reasons)
        if (name == text) return reason;
    return stop_reason::outdated;
}

continuity judge(std::optional<recorded> const& before, observed const& now) {
    // A dump that was restored, a server that was upgraded, a database made from a template: some may have been moved.
    if (!before && now.copied) return continuity::source_replaced;
    if (!before) return lost_batches(0, now) ? continuity::queue_lost_batches : continuity::unbroken;
    if (before->stopped && resumes(*before->stopped, now)) return continuity::source_replaced;
    if (now.timeline < before->timeline) return continuity::source_outdated;
    if (lost_commits(*before, now)) return continuity::source_lost_commits;
    if (lost_jobs(*before, now)) return continuity::queue_lost_jobs;
    // A server that has everything is in the place of one that had not: since when, and what else has happened, nobody
    // knows.
    if (before->stopped) return continuity::source_replaced;
    if (now.seen.xmax < before->at.txid) return continuity::source_replaced;
    if (now.timeline > before->timeline && !now.holds_queue) return continuity::source_replaced;
    if (lost_reading_anew(*before, now)) return continuity::queue_lost_reading_anew;
    return lost_batches(before->batch, now) ? continuity::queue_lost_batches : continuity::unbroken;
}

} // namespace txq::relay
