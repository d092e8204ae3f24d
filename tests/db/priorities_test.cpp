// That no priority starves.

#include <support/catch.hpp>
#include <support/running_worker.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;
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

TEST_CASE("between two jobs of the lowest priority no more than twelve for each thread are run") {
    constexpr int flood = 100;
    constexpr int threads = 2;
    auto const leases = GENERATE(lease_mode::lasting, lease_mode::always);
    database db;
    for (int priority = 0; priority <= 3; ++priority) put_jobs(db, {.count = flood, .priority = priority});
    std::mutex mutex;
    std::vector<int> order;
    auto const handlers = one_handler([&](raw_job const& job, context&) {
        {
            std::lock_guard const lock{mutex};
            order.push_back(job.priority);
        }
        std::this_thread::sleep_for(90ms); // more than a twelfth of a second, so that the bound is not a second
    });
    worker_options options;
    options.groups = {{.threads = threads, .prefetch = 0, .leases = leases}};
    running_worker worker{db, handlers, options};
    db.wait_until("select count(*) >= " + std::to_string(36 * threads) + " from txq.processed_jobs", "t");
    worker.stop();
    auto longest = 0;
    for (int since = 0; auto const priority : order) {
        since = priority == 3 ? 0 : since + 1;
        longest = std::max(longest, since);
    }
    CHECK(longest <= 12 * threads);
    CHECK(std::ranges::count(order, 3) >= 2);
}
