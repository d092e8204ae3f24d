#include <support/catch.hpp>

#include <csignal>

#include <program/fleet.hpp>

using namespace std::chrono_literals;
using txq::program::fleet;
using indexes = std::vector<std::size_t>;

namespace {

auto const start = fleet::clock::time_point{} + 1h;

constexpr int exited(int status) { return status << 8; }
constexpr int crashed = SIGSEGV;

} // namespace

TEST_CASE("all processes are started at once and only once") {
    fleet processes{3, start};
    CHECK(processes.next_start() == start);
    CHECK(processes.take_due(start) == indexes{0, 1, 2});
    CHECK(processes.take_due(start + 1h).empty());
    CHECK(processes.next_start() == std::nullopt);
    CHECK_FALSE(processes.finished());
}

TEST_CASE("a process that crashes is started again after a pause that grows") {
    fleet processes{2, start};
    processes.take_due(start);
    processes.on_ended(1, crashed, start);
    CHECK_FALSE(processes.is_running(1));
    CHECK(processes.take_due(start + 199ms).empty());
    CHECK(processes.next_start() == start + 200ms);
    CHECK(processes.take_due(start + 200ms) == indexes{1});
    processes.on_ended(1, exited(1), start + 200ms);
    CHECK(processes.next_start() == start + 600ms);
}

TEST_CASE("the pause has an end and begins anew for a process that has run for a minute") {
    fleet processes{1, start};
    auto now = start;
    for (int i = 0; i < 20; ++i) {
        processes.take_due(now);
        processes.on_ended(0, crashed, now);
        now = *processes.next_start();
    }
    processes.take_due(now);
    processes.on_ended(0, crashed, now);
    CHECK(processes.next_start() == now + 30s);
    processes.take_due(now + 30s);
    processes.on_ended(0, crashed, now + 90s);
    CHECK(processes.next_start() == now + 90s + 200ms);
}

TEST_CASE("a process that ends without being told is started again also if it says that all is well") {
    fleet processes{1, start};
    processes.take_due(start);
    processes.on_ended(0, exited(0), start);
    CHECK_FALSE(processes.stopping());
    CHECK(processes.next_start());
}

TEST_CASE("a process that cannot do its work is the end of all with its exit status") {
    auto const status = GENERATE(2, 3, 4);
    fleet processes{2, start};
    processes.take_due(start);
    processes.on_ended(0, exited(status), start);
    CHECK(processes.stopping());
    CHECK_FALSE(processes.finished());
    processes.on_ended(1, exited(0), start);
    CHECK(processes.finished());
    CHECK(processes.exit_status() == status);
}

TEST_CASE("after the order to stop none is started and all are waited for") {
    fleet processes{3, start};
    processes.take_due(start);
    processes.on_ended(2, crashed, start);
    processes.stop();
    CHECK(processes.take_due(start + 1h).empty());
    CHECK(processes.next_start() == std::nullopt);
    processes.on_ended(0, exited(0), start);
    CHECK_FALSE(processes.finished());
    processes.on_ended(1, exited(0), start);
    CHECK(processes.finished());
    CHECK(processes.exit_status() == 0);
}

TEST_CASE("a process that fails while it stops is told by the exit status") {
    auto const status = GENERATE(exited(1), crashed);
    fleet processes{2, start};
    processes.take_due(start);
    processes.stop();
    processes.on_ended(0, status, start);
    processes.on_ended(1, exited(0), start);
    CHECK(processes.exit_status() == 1);
}
