// Programs whose machine's clock steps.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>
#include <support/server.hpp>

#include <atomic>
#include <cmath>
#include <csignal>
#include <ctime>
#include <iterator>
#include <sstream>
#include <thread>

#include <chaos/steered_clock.hpp>

using namespace txq::test;
using namespace std::chrono_literals;

namespace {

/// A program that has the clock.
std::vector<std::string> with(txq::chaos::steered_clock const& clock, std::vector<std::string> command) {
    std::istringstream words{"env " + clock.environment()};
    command[0] = find_program(command[0]);
    command.insert(command.begin(), std::istream_iterator<std::string>{words}, {});
    return command;
}

constexpr char worker_file[] = "[kind.test]\nsql = \"insert into effects values ($2)\"\n"
                               "[kind.long]\nexec = ['sleep', '3']\n"
                               "[kind.failing]\nsql = \"select 1/0\"\nretry = 'fixed 500ms'\n";

constexpr auto attempts = "select attempt from txq.jobs where kind = 'failing'";
constexpr char allocates[] = "do $$ begin for i in 1..500 loop "
                             "perform array(select repeat('x', 20000 * n) from generate_series(1, 7) as n); "
                             "end loop; end $$";
constexpr auto runs = "select count(*) from txq.schedule_runs";

} // namespace

// Servers look at the clock in handlers of signals, which may have interrupted whatever allocates.
TEST_CASE("a server whose clock is steered comes to no harm by signals at any moment") {
    server steered{server::to_come{}};
    txq::chaos::steered_clock clock{steered.home() + ".clock"};
    clock.set(1h);
    steered.set_environment(clock.environment());
    steered.start();
    pqxx::connection session{steered.url()};
    pqxx::nontransaction statements{session};
    auto const ahead = statements.exec("select extract(epoch from clock_timestamp())")[0][0].as<double>() -
                       static_cast<double>(std::time(nullptr));
    CHECK(std::abs(ahead - 3600) < 60);
    statements.exec("set statement_timeout = '1h'"); // so that there is an alarm
    std::atomic<bool> over{false};
    std::jthread const alarms{[&, process = session.backendpid()] {
        for (; !over; std::this_thread::sleep_for(50us)) ::kill(process, SIGALRM);
    }};
    CHECK_NOTHROW(statements.exec(allocates));
    over = true;
}

TEST_CASE("runs of schedules are not forgotten while the clocks of server and program differ") {
    scratch files;
    txq::chaos::steered_clock clock{files.file("clock")};
    clock.set(-2h);
    database queue;
    queue.query("select txq.add_schedule('daily', '@daily', 'test', '{}')");
    queue.query(
        "insert into txq.schedule_runs values ('daily', now() - interval '100 days', false, gen_random_uuid()), "
        "('daily', now() - interval '99 days', false, gen_random_uuid())");
    process relay{with(clock, {"txq-relay", "--queue", queue.url(), "--schedules",
                               files.write("schedules.toml", "schedule_set = 'shop'\n")})};
    CHECK(eventually([&] { return relay.output().find("nothing is forgotten") != std::string::npos; }));
    clock.set(0s);
    CHECK(queue.number("select count(*) from txq.schedule_runs where planned_at < now() - interval '50 days'") == 2);
}

TEST_CASE("a relay and a worker whose clock steps wait for nothing longer and take nobody for dead") {
    scratch files;
    txq::chaos::steered_clock clock{files.file("clock")};
    database queue;
    queue.query("create table effects (job uuid)");
    process relay{with(clock, {"txq-relay", "--queue", queue.url()})};
    process worker{
        with(clock, {"txq-worker", "--database", queue.url(), "--config", files.write("worker.toml", worker_file)})};
    queue.query("select txq.add_schedule('every', 'every second', 'test', '{}')");
    queue.query("select txq.enqueue('failing', '{}', max_attempts => 1000)");
    queue.wait_until("select count(*) > 0 from effects", "t");
    for (auto const offset : {3600s, -3600s, 0s}) {
        queue.query("select txq.enqueue('long', '{}')");
        queue.wait_until("select count(*) from txq.jobs where kind = 'long' and state = 'running'", "1");
        auto const attempts_before = queue.value(attempts);
        auto const runs_before = queue.value(runs);
        clock.set(offset);
        auto const delayed = queue.value("select txq.enqueue('test', '{}', delay => '1s')");
        queue.wait_until("select count(*) from effects where job = '" + delayed + "'", "1");
        queue.wait_until("select (" + std::string{attempts} + ") > " + attempts_before + " + 1", "t");
        queue.wait_until("select (" + std::string{runs} + ") > " + runs_before + " + 1", "t");
        queue.wait_until("select count(*) from txq.processed_jobs where kind = 'long'", offset == 3600s    ? "1"
                                                                                        : offset == -3600s ? "2"
                                                                                                           : "3");
    }
    CHECK(queue.value("select count(*) from txq.failed_attempts where error_type = 'worker_died'") == "0");
    CHECK(queue.value("select count(*) from txq.workers") == "1");
    for (auto* one : {&relay, &worker}) {
        one->send(SIGTERM);
        CHECK(one->wait() == 0);
    }
}
