#include "continuity.hpp"

namespace txq::relay {

namespace {

bool went_back(recorded const& before, observed const& now) {
    return now.xmax < before.txid || (!now.holds_queue && now.barrier < before.batch);
}

} // namespace

continuity judge(std::optional<recorded> const& before, observed const& now) {
    // A dump that was restored, a server that was upgraded, a database made from a template: some may have been moved.
    if (!before) return now.copied ? continuity::source_replaced : continuity::unbroken;
    if (now.timeline < before->timeline) return continuity::source_outdated;
    if (went_back(*before, now)) return continuity::source_replaced;
    if (now.timeline > before->timeline && !now.holds_queue) return continuity::source_replaced;
    // One more is a batch that a relay had read when it died.
    if (!now.holds_queue && now.barrier > before->batch + 1) return continuity::queue_lost_batches;
    return continuity::unbroken;
}

} // namespace txq::relay
