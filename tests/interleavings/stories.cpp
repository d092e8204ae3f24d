#include "stories.hpp"

#include <txq/detail/embedded.hpp>

#include "batch_steps.hpp"
#include "relay_stories.hpp"
#include "worker_steps.hpp"

namespace txq::interleavings {

namespace {

std::vector<script> leases(world& in) {
    in.put_job(1);
    auto const a = worker(in, 0);
    return {{claim(a), beat(a), complete(a)}, find_dead(in, a), under_lease(worker(in, 2))};
}

std::vector<script> locks(world& in) {
    in.put_job(1);
    in.put_job(2);
    return {under_lock(worker(in, 0)), under_lock(worker(in, 1)), under_lease(worker(in, 2))};
}

std::vector<script> lasting_locks(world& in) {
    in.put_job(1);
    auto const a = worker(in, 0);
    return {{lock(a), lease(a), commit(), complete(a)}, find_dead(in, a), under_lease(worker(in, 2))};
}

std::vector<script> lost_locks(world& in) {
    in.put_job(1);
    auto const a = worker(in, 0);
    return {{lock(a), lose_session(), lease(a), complete(a)}, under_lease(worker(in, 1)), under_lock(worker(in, 2))};
}

std::vector<script> transactions(world& in) {
    in.put_job(1);
    auto const a = worker(in, 0);
    return {in_transaction(a), find_dead(in, a), in_transaction(worker(in, 2))};
}

std::vector<script> duplicates(world& in) {
    in.put_job(1);
    in.put_job(2, 1);
    return {in_transaction(worker(in, 0)), in_transaction(worker(in, 1))};
}

std::vector<script> duplicates_under_locks(world& in) {
    in.put_job(1);
    in.put_job(2, 1);
    auto const a = worker(in, 0);
    return {{lock(a), complete_locked(a), commit_and_end(a), lease(a), complete(a)},
            in_transaction(worker(in, 1)),
            under_lease(worker(in, 2))};
}

std::vector<script> orphans(world& in) {
    in.put_job(1);
    auto const a = worker(in, 0);
    script const look{{"rescue_orphans", [] { return question{.what = &sql::rescue_orphans}; },
                       [&in](answer const&) { in.look_for_the_dead(); }}};
    return {under_lease(a), find_dead(in, a), look, under_lease(worker(in, 3))};
}

/// Three of which one may run at a time.
void limited_jobs(world& in) {
    in.limit_to(1);
    for (int i = 1; i <= 3; ++i) in.put_job(i);
}

std::vector<script> batches(world& in) {
    limited_jobs(in);
    return {in_batch(worker(in, 0)), in_batch(worker(in, 1)), by_itself(worker(in, 2))};
}

std::vector<script> lasting_batches(world& in) {
    limited_jobs(in);
    auto const a = worker(in, 0);
    return {in_lasting_batch(a), find_dead(in, a), in_batch(worker(in, 2))};
}

} // namespace

std::vector<story> all_stories() {
    std::vector<story> all{{"leases, a sign of life and a rescue", leases},
                           {"claims by locks and by lease", locks},
                           {"a lock that becomes a lease, and a rescue", lasting_locks},
                           {"a lock that is lost and leased later", lost_locks},
                           {"handlers in transactions and a rescue", transactions},
                           {"the same operation in two transactions", duplicates},
                           {"the same operation by lock, in a transaction and by lease", duplicates_under_locks},
                           {"a claim of one who is found dead", orphans},
                           {"batches that hold places, and a job that is asked for by itself", batches},
                           {"a batch that lasts, and a rescue", lasting_batches}};
    for (auto& one : relay_stories()) all.push_back(std::move(one));
    return all;
}

} // namespace txq::interleavings
