#include <support/catch.hpp>

#include <csignal>
#include <future>

#include <txq/detail/shutdown_signals.hpp>

TEST_CASE("the first signal is an order to stop and the next one an order to leave at once") {
    std::promise<void> first;
    std::promise<void> again;
    txq::shutdown_signals const signals{[&] { first.set_value(); }, [&] { again.set_value(); }};
    REQUIRE(::raise(SIGTERM) == 0);
    first.get_future().get();
    REQUIRE(::raise(SIGINT) == 0);
    CHECK_NOTHROW(again.get_future().get());
}
