// Claims leave what somebody has locked alone for as long as the longest lease (see claim_jobs). So workers that make
// the same jobs ready at the same moment must not lock each other's.

#include <support/catch.hpp>
#include <support/running_worker.hpp>

using namespace txq;
using namespace txq::test;

namespace {

constexpr int jobs = 300;

/// A job that was locked when it became ready is not begun within the time that wait_until waits.
struct workers_with_long_leases {
    explicit workers_with_long_leases(database& db) {
        for (auto& one : all)
            one = std::make_unique<running_worker>(db, one_handler([](raw_job const&, context&) {}), options());
    }
    static worker_options options() {
        worker_options result;
        result.lease = std::chrono::minutes{5};
        return result;
    }
    std::array<std::unique_ptr<running_worker>, 4> all;
};

} // namespace

TEST_CASE("jobs that several workers make ready when their time comes are run at once") {
    database db;
    put_jobs(db, {.count = jobs});
    db.query("update txq.jobs set state = 'scheduled', seq = null, run_at = now() + random() * interval '3 seconds'");
    workers_with_long_leases const workers{db};
    db.wait_until(processed, std::to_string(jobs));
}

TEST_CASE("jobs of orders that several workers let go on are run at once") {
    database db;
    put_jobs(db, {.count = jobs});
    db.query("update txq.jobs set state = 'waiting', seq = null, order_key = 'key ' || seq % 10, order_place = seq, "
             "order_holds = true");
    workers_with_long_leases const workers{db};
    db.wait_until(processed, std::to_string(jobs));
}
