#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "checks.hpp"

// The parts of the checker. See docs/reliability.md.

namespace txq::chaos {

/// By how much two readings of the machine's clock may be in the wrong order.
inline constexpr micros clock_grain = 10'000;

/// Killed with its workers as often as the limit allows, which may happen to any job.
bool died_with_its_workers(job_row const& row);
/// In which a job is not at its end.
bool waits_or_runs(std::string const& state);

/// Whether the queue lost commits while a run may have begun or been claimed: what it was claimed by may be gone, and
/// the fence be given again.
bool may_have_lost_its_claim(evidence const& all, run_record const& run);

/// Operations that a handler without a transaction has done something for.
std::unordered_map<std::string, std::vector<run_record const*>> outside_effects(evidence const& all);

finding every_job_ends_as_it_must(evidence const& all);
finding nothing_without_a_commit(evidence const& all);
finding effects_happen_once(evidence const& all);
finding orders_are_kept(evidence const& all);
finding no_stale_write_is_accepted(evidence const& all);
finding runs_do_not_overlap(evidence const& all, micros lease);
finding never_too_early(evidence const& all);
finding schedules_run_once(evidence const& all);
finding keys_have_one_job(evidence const& all);
finding limits_hold(evidence const& all, micros lease);
finding attempts_are_counted(evidence const& all);
finding poison_blocks_nobody(evidence const& all);

} // namespace txq::chaos
