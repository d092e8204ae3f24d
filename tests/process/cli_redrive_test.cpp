#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

#include <csignal>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr auto redriven = "select count(*) > 0 from txq.jobs where state = 'ready'";

void put_dead_jobs(database& db, int number) {
    db.query("insert into txq.jobs (id, operation_id, queue, kind, priority, state, run_at, attempt, max_attempts, "
             "enqueued_at, finished_at, payload) select gen_random_uuid(), gen_random_uuid(), 'it''s', 'k', 2, 'dead', "
             "now(), 1, 1, now(), now() - i * interval '1 second', '{}' from generate_series(1, " +
             std::to_string(number) + ") as i");
}

/// What it says to go on with.
std::string command_for_the_rest(std::string const& output) {
    auto const words = std::string{"to go on: "};
    auto const begin = output.find(words) + words.size();
    return output.substr(begin, output.find('\n', begin) - begin);
}

} // namespace

TEST_CASE("a redrive at a rate can be interrupted and goes on with the command that it says") {
    database db;
    put_dead_jobs(db, 1000);
    process first{{"txq", "dead", "redrive", "--database", db.url(), "--queue", "it's", "--limit", "900", "--rate",
                   "50/s", "--to-queue", "slow"}};
    db.wait_until(redriven, "t");
    first.send(SIGINT);
    CHECK(first.wait() == 1);
    auto const so_far = db.number("select count(*) from txq.jobs where state = 'ready' and queue = 'slow'");
    CHECK(so_far < 500);
    CHECK_THAT(first.output(), Contains("ready again"));

    db.query("update txq.jobs set state = 'dead', seq = null, finished_at = now() where state = 'ready'"); // again
    auto const rest = command_for_the_rest(first.output());
    CHECK_THAT(rest, Contains("--queue 'it'\\''s' --limit " + std::to_string(900 - so_far)) &&
                         Contains("--to-queue 'slow' --rate '50/s' --died-before '"));
    auto const faster = rest.substr(0, rest.find(" --rate")) + rest.substr(rest.find(" --died-before"));
    process second{{"sh", "-c", "exec " TXQ_PROGRAMS "/" + faster}};
    CHECK(second.wait() == 0);
    CHECK(db.number("select count(*) from txq.jobs where state = 'ready'") == 900 - so_far);
    CHECK(db.number("select count(*) from txq.jobs where state = 'dead' and queue = 'slow'") == so_far);
}
