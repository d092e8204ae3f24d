// What is said of how soon programs are back when their server is.

#include <support/catch.hpp>
#include <support/questions.hpp>
#include <support/relay_and_worker.hpp>
#include <support/server.hpp>

#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using namespace txq::test;

TEST_CASE("a job is run within ten seconds when the server is back from an outage that was longer than all pauses") {
    server away;
    auto const url = away.make_database("shop");
    relay_and_worker both{url, "0s", "select 1"};
    constexpr auto enqueue_one = "select txq.enqueue('test', '{}')";
    constexpr auto completed = "select count(*) from txq.processed_jobs";
    {
        questions shop{url};
        shop.value(enqueue_one);
        REQUIRE(shop.becomes(completed, "1"));
    }

    away.crash();
    std::this_thread::sleep_for(15s); // pauses between tries grow to five seconds meanwhile
    away.start();

    auto const reachable = std::chrono::steady_clock::now();
    questions shop{url};
    shop.value(enqueue_one);
    REQUIRE(shop.becomes(completed, "2"));
    CHECK(std::chrono::steady_clock::now() - reachable < 10s);
}
