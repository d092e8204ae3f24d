#include "continuity.hpp"

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
    auto const found_by_ids = before.stopped && !before.stopped->outdated && before.stopped->kept_batch >= before.batch;
    return now.barrier < before.batch || now.xmax < before.txid || found_by_ids;
}

/// Also where it has lost one batch only, which otherwise looks like a relay that has died. A barrier below `anew` is
/// of a database whose barrier began anew as well, under another queue.
bool lost_reading_anew(recorded const& before, observed const& now) {
    return !now.holds_queue && now.anew > before.batch && now.anew <= now.barrier;
}

/// One more is a batch that a relay had read when it died, with its jobs still in the outbox: what is removed from
/// there raises the barrier before (mover::tidy).
bool lost_batches(std::int64_t batch, observed const& now) { return !now.holds_queue && now.barrier > batch + 1; }

} // namespace

continuity judge(std::optional<recorded> const& before, observed const& now) {
    // A dump that was restored, a server that was upgraded, a database made from a template: some may have been moved.
    if (!before && now.copied) return continuity::source_replaced;
    if (!before) return lost_batches(0, now) ? continuity::queue_lost_batches : continuity::unbroken;
    if (before->stopped && resumes(*before->stopped, now)) return continuity::source_replaced;
    if (now.timeline < before->timeline) return continuity::source_outdated;
    if (lost_commits(*before, now)) return continuity::source_lost_commits;
    // A server that has everything is in the place of one that had not: since when, and what else has happened, nobody
    // knows.
    if (before->stopped) return continuity::source_replaced;
    if (now.xmax < before->txid) return continuity::source_replaced;
    if (now.timeline > before->timeline && !now.holds_queue) return continuity::source_replaced;
    if (lost_reading_anew(*before, now)) return continuity::queue_lost_reading_anew;
    return lost_batches(before->batch, now) ? continuity::queue_lost_batches : continuity::unbroken;
}

} // namespace txq::relay
