#include <support/catch.hpp>

#include <thread>

#include <unistd.h>

#include <txq/detail/waiter.hpp>

using namespace std::chrono_literals;
using txq::waiter;

namespace {

struct pipe_pair {
    pipe_pair() { REQUIRE(::pipe(ends) == 0); }
    ~pipe_pair() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    void write() { REQUIRE(::write(ends[1], "x", 1) == 1); }
    int ends[2]{};
};

} // namespace

TEST_CASE("a wait that nothing ends lasts its time") {
    waiter here;
    auto const before = std::chrono::steady_clock::now();
    CHECK(here.wait_for(10ms) == waiter::reason::time);
    CHECK(std::chrono::steady_clock::now() - before >= 10ms);
}

TEST_CASE("a wait ends when its socket can be read and leaves the socket open") {
    waiter here;
    pipe_pair pipe;
    CHECK(here.wait_for(1ms, pipe.ends[0]) == waiter::reason::time);
    pipe.write();
    CHECK(here.wait_for(1h, pipe.ends[0]) == waiter::reason::readable);
    char byte = 0;
    CHECK(::read(pipe.ends[0], &byte, 1) == 1);
    CHECK(here.wait_for(1ms, pipe.ends[0]) == waiter::reason::time);
}

TEST_CASE("a wake-up that comes before the wait is not lost and counts once") {
    waiter here;
    here.wake();
    here.wake();
    CHECK(here.wait_for(1h) == waiter::reason::woken);
    CHECK(here.wait_for(1ms) == waiter::reason::time);
}

TEST_CASE("another thread ends a wait") {
    waiter here;
    std::jthread const other{[&] { here.wake(); }};
    CHECK(here.wait_for(1h) == waiter::reason::woken);
}

TEST_CASE("the order to stop ends this wait and all later ones") {
    std::stop_source source;
    waiter here{source.get_token()};
    CHECK(here.wait_for(1ms) == waiter::reason::time);
    std::jthread const other{[&] { source.request_stop(); }};
    CHECK(here.wait_for(1h) == waiter::reason::woken);
    CHECK(here.wait_for(1h) == waiter::reason::woken);
}
