#include <support/catch.hpp>
#include <support/complaint.hpp>

#include <program/config.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using namespace txq::program;
using Catch::Matchers::Contains;

namespace {

constexpr char with_kind[] = "[kind.report]\nsql = 'select 1'\n";

config parse(std::string const& text) { return parse_config(text + with_kind, "worker.toml"); }

std::string complaint_about(std::string const& text) {
    return txq::test::complaint_of([&] { parse(text); });
}

} // namespace

TEST_CASE("a worker's file says what is to be run when") {
    auto const read = parse(R"(
schedule_set = "shop"
[schedule.nightly.report]
times = "every day at 04:02"
kind = "report"
payload = '{"region": "eu"}'
zone = "Europe/Berlin"
queue = "reports"
priority = 0
max_attempts = 3
tenant = "store 42"
headers = ["tenant=acme", "note=a=b"]
missed = "all"
missed_limit = 7
overlap = true
jitter = "1min"
[schedule.tidy]
times = "@hourly"
sql = "delete from carts"
overlap = false
)");
    CHECK(read.scheduler);
    CHECK(read.schedules.name == "shop");
    REQUIRE(read.schedules.schedules.size() == 2);
    auto const& report = read.schedules.schedules[0];
    CHECK(report.name == "nightly.report");
    CHECK(report.times == "every day at 04:02");
    CHECK(report.kind == "report");
    CHECK(report.payload == R"({"region": "eu"})");
    CHECK(report.options.zone == "Europe/Berlin");
    CHECK(report.options.queue == "reports");
    CHECK(report.options.priority == 0);
    CHECK(report.options.max_attempts == 3);
    CHECK(report.options.tenant == "store 42");
    CHECK(report.options.headers == std::map<std::string, std::string>{{"tenant", "acme"}, {"note", "a=b"}});
    CHECK(report.options.missed == txq::missed_times::all);
    CHECK(report.options.missed_limit == 7);
    CHECK(report.options.overlap);
    CHECK(report.options.jitter == 1min);
    CHECK(read.schedules.schedules[1].command == "delete from carts");
    CHECK_FALSE(read.schedules.schedules[1].options.overlap);
}

TEST_CASE("a file without schedules has no set and starts those of others") {
    auto const read = parse("");
    CHECK(read.schedules.name.empty());
    CHECK(read.scheduler);
    CHECK_FALSE(parse("scheduler = false\n").scheduler);
}

TEST_CASE("what cannot be a schedule in a file is refused with its place") {
    auto const about = [](std::string const& keys) {
        return complaint_about("schedule_set = 'shop'\n[schedule.a]\n" + keys + "\n");
    };
    CHECK_THAT(about("times = 'every day at 25:00'\nkind = 'k'"),
               Contains("worker.toml, line 2, [schedule.a]: ") && Contains("25:00"));
    CHECK_THAT(about("kind = 'k'"), Contains("times are missing"));
    CHECK_THAT(about("times = '@daily'"), Contains("either a kind or sql"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\nsql = 'select 1'"), Contains("either a kind or sql"));
    CHECK_THAT(about("times = '@daily'\nsql = 'select 1'\npayload = '{}'"), Contains("line 5, [schedule.a], payload"));
    CHECK_THAT(about("times = '@daily'\nsql = 'commit'"), Contains("command: 'commit' cannot be used"));
    CHECK_THAT(about("times = '@daily'\nsql = 'select 1; select 2'"), Contains("command: there is more than one"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\npayload = '{'"), Contains("payload is not JSON"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\nmissed = 'twice'"), Contains("missed: this should be \"skip\""));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\noverlap = 'no'"),
               Contains("overlap: this should be true or false"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\nheaders = ['x']"), Contains("name=value"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\nzone = 'Europe/Berln'"), Contains("Europe/Berln"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\njitter = '2d'"), Contains("jitter is"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\noverlap = false\nmissed = 'all'"), Contains("choose one"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\ntenant = ''"), Contains("tenant: this is empty"));
    CHECK_THAT(about("times = '@daily'\nkind = 'txq.sql'"), Contains("give a command instead"));
    CHECK_THAT(about("times = '@daily'\nkind = 'k'\nwhen = 'now'"), Contains("there is no such key"));
    CHECK_THAT(complaint_about("[schedule.a]\ntimes = '@daily'\nkind = 'k'\n"), Contains("no schedule_set = "));
    CHECK_THAT(complaint_about("schedule_set = 's'\nscheduler = false\n[schedule.a]\ntimes = '@daily'\nkind = 'k'\n"),
               Contains("scheduler = false"));
}

TEST_CASE("the kind that runs the SQL of schedules is the only one that does") {
    CHECK(std::holds_alternative<schedule_sql_config>(
        parse("[kind.txq.sql]\nschedule_sql = true\ntimeout = '1h'\n").kinds[0].handler));
    CHECK_THAT(complaint_about("[kind.other]\nschedule_sql = true\n"), Contains("the kind txq.sql, and no other one"));
    CHECK_THAT(complaint_about("[kind.txq.sql]\nsql = 'select 1'\n"), Contains("the kind txq.sql, and no other one"));
    CHECK_THAT(complaint_about("[kind.txq.sql]\nschedule_sql = false\n"), Contains("is run by one of"));
}
