#include <support/catch.hpp>
#include <support/complaint.hpp>

#include <scheduler/file/schedule_file.hpp>
#include <txq/error.hpp>
#include <worker/program/config.hpp>

using namespace std::chrono_literals;
using namespace txq::program;
using Catch::Matchers::Contains;

namespace {

schedule_file parse(std::string const& text) { return parse_schedule_file(text, "shop.toml"); }

std::string complaint_about(std::string const& text) {
    return txq::test::complaint_of([&] { parse(text); });
}

constexpr char report[] = "[schedule.report]\ntimes = '@daily'\nkind = 'report'\n";

} // namespace

TEST_CASE("a file for programs that run no jobs has schedules and their set") {
    auto const read = parse(std::string{"schedule_set = 'shop'\nretention = '2d'\n"} + report +
                            "[schedule.tidy.carts]\ntimes = 'every hour'\nsql = 'delete from carts'\n");
    CHECK(read.set.name == "shop");
    CHECK(read.retention == 48h);
    REQUIRE(read.set.schedules.size() == 2);
    CHECK(read.set.schedules[0].name == "report");
    CHECK(read.set.schedules[1].name == "tidy.carts");
    CHECK(read.set.schedules[1].command == "delete from carts");
    CHECK(parse("").set.name.empty());
    CHECK(parse("").retention == txq::scheduler_options{}.retention);
    CHECK(parse("schedule_set = 'shop'").set.schedules.empty());
}

TEST_CASE("a worker's file says the same of schedules to a program that runs no jobs") {
    auto const text = std::string{"database = 'dbname=shop'\nlease = '4s'\ngrace = '1s'\ncrash_limit = 3\n"
                                  "retention = '3d'\ndead_retention = '0s'\ngive_up_after = '1min'\npooled = true\n"
                                  "scheduler = true\nschedule_set = 'shop'\n[group.mail]\nthreads = 2\n"
                                  "[policy.mail]\nrules = []\n[hook]\nexec = ['true']\n[kind.txq.sql]\n"
                                  "schedule_sql = true\n"} +
                      report;
    auto const by_worker = parse_config(text, "shop.toml");
    auto const read = parse(text);
    CHECK(read.set.name == by_worker.schedules.name);
    CHECK(read.retention == by_worker.options.retention);
    REQUIRE(read.set.schedules.size() == 1);
    CHECK(read.set.schedules[0].name == by_worker.schedules.schedules[0].name);
}

TEST_CASE("what cannot be meant in a file of schedules is refused with its place") {
    CHECK_THAT(complaint_about(report), Contains("shop.toml: there is a [schedule.NAME] and no schedule_set"));
    CHECK_THAT(complaint_about("schedule_sets = 'shop'\n"),
               Contains("shop.toml, line 1, schedule_sets: there is no such key"));
    CHECK_THAT(complaint_about("schedule_set = 7\n"), Contains("schedule_set: this should be a string in quotes"));
    CHECK_THAT(complaint_about("schedule_set = '" + std::string(129, 's') + "'\n"),
               Contains("shop.toml, line 1, schedule_set: this has more than 128 bytes"));
    CHECK_THAT(complaint_about("[schedules.report]\ntimes = '@daily'\n"),
               Contains("line 1, [schedules.report]: a section is [schedule.NAME]"));
    CHECK_THAT(complaint_about("[schedule]\ntimes = '@daily'\n"), Contains("line 1, [schedule]") && Contains("name"));
    CHECK_THAT(
        complaint_about(std::string{"schedule_set = 's'\n"} + report + "[schedule.'report']\ntimes = '@daily'\n"),
        Contains("shop.toml, line "));
    CHECK_THAT(complaint_about("schedule_set = 's'\nretention = '1s'\n[schedule.a]\ntimes = 'never'\nkind = 'k'\n"),
               Contains("line 2, retention: this should be at least 1h\n") && Contains("line 3, [schedule.a]: ") &&
                   Contains("column 1 of the schedule 'never'"));
    CHECK_THAT(complaint_about("schedule_set = \"unclosed\n"), Contains("shop.toml, line 1: "));
}

TEST_CASE("a file of schedules that cannot be read is named") {
    CHECK_THAT(txq::test::complaint_of([] { read_schedule_file("/nowhere/shop.toml"); }),
               Contains("/nowhere/shop.toml cannot be read"));
    CHECK_THAT(txq::test::complaint_of([] { read_schedule_file("/"); }), Contains("/ is a directory"));
}
