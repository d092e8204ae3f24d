// That no priority starves.

#include <support/catch.hpp>
#include <support/running_worker.hpp>

#include <array>
#include <atomic>

using namespace txq;
using namespace txq::test;

TEST_CASE("jobs of each priority are run long before a flood of more urgent ones is over") {
    constexpr int flood = 20'000;
    auto const leases = GENERATE(lease_mode::lasting, lease_mode::always);
    database db;
    put_jobs(db, {.count = flood, .priority = 0});
    put_jobs(db, {.count = 1, .priority = 3});
    std::atomic<int> ran{0};
    std::atomic<int> before{flood};
    auto const handlers = one_handler([&](raw_job const& job, context&) {
        ++ran;
        if (job.priority == 3) before = ran.load();
    });
    worker_options options;
    options.groups = {{.threads = 1, .leases = leases}};
    running_worker const worker{db, handlers, options};
    db.wait_until(processed, std::to_string(flood + 1));
    CHECK(before < flood / 2);
}
