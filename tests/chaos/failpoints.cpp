#include "failpoints.hpp"

#include <string_view>
#include <vector>

namespace txq::chaos {

namespace {

/// Named as the statements of sql/.
std::vector<std::string_view> statements_of([[maybe_unused]] role which) {
#ifdef TXQ_PLANTED_BUGS
    switch (which) {
    case role::relay:
        return {"outbox_lock",  "relay_position",  "read_outbox",  "outbox_barrier", "settle_unique",
                "write_batch",  "move_outbox",     "record_batch", "lock_orders",    "next_in_order",
                "adopt_outbox", "truncate_outbox", "turn_outbox",  "prune_batches"};
    case role::worker:
        return {"register_worker",
                "claim_jobs",
                "lock_jobs",
                "lease_jobs",
                "set_savepoint",
                "complete_locked_jobs",
                "complete_jobs",
                "complete_job",
                "end_attempts",
                "beat",
                "lock_duty",
                "promote_jobs",
                "rescue_jobs",
                "rescue_orphans",
                "lock_orders",
                "next_in_order",
                "grant_slots",
                "take_starts",
                "admit_batch",
                "leave_batch",
                "keep_places",
                "sweep_parked",
                "start_runs",
                "keep_ended_jobs",
                "leave"};
    case role::producer: break;
    }
#endif
    return {};
}

} // namespace

std::string failpoint_of(role which, std::uint32_t target) {
    auto const statements = statements_of(which);
    if (statements.empty()) return {};
    auto const passes = 1 + target / 128 % 12;
    return std::string{statements[target / 2 % statements.size()]} + (target % 2 == 0 ? ":before:" : ":after:") +
           std::to_string(passes);
}

} // namespace txq::chaos
