#include <support/catch.hpp>

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <txq/detail/shutdown_signals.hpp>

TEST_CASE("the first signal is an order to stop and the next one an order to leave at once") {
    std::promise<void> first;
    std::promise<void> again;
    txq::shutdown_signals const signals{[&] { first.set_value(); }, [&] { again.set_value(); }};
    REQUIRE(::raise(SIGTERM) == 0);
    first.get_future().get();
    std::this_thread::sleep_for(txq::shutdown_signals::same_signal);
    REQUIRE(::raise(SIGINT) == 0);
    CHECK_NOTHROW(again.get_future().get());
}

TEST_CASE("a signal that comes twice at once is one") {
    std::promise<void> first;
    std::atomic<int> later{0};
    {
        txq::shutdown_signals const signals{[&] { first.set_value(); }, [&] { ++later; }};
        REQUIRE(::raise(SIGTERM) == 0);
        first.get_future().get();
        REQUIRE(::raise(SIGTERM) == 0);
    }
    CHECK(later == 0);
}
