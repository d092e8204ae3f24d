#include <support/catch.hpp>

#include <cstdlib>

#include <relay/src/options.hpp>

using namespace std::chrono_literals;
using txq::relay::parse;

namespace {

/// The environment without what names a database, until the end of the test.
class clean_environment {
  public:
    clean_environment() {
        for (auto const* name : {"TXQ_DATABASE_URL", "TXQ_SOURCE_URL", "PGHOST", "PGDATABASE", "PGSERVICE"})
            ::unsetenv(name);
    }
};

txq::relay::settings settings(std::vector<std::string> arguments) {
    auto const parsed = parse(std::move(arguments));
    INFO(parsed.err);
    REQUIRE(parsed.options);
    return parsed.options->settings;
}

void check_usage_error(std::vector<std::string> arguments, std::string const& what) {
    arguments.insert(arguments.begin(), {"--queue", "dbname=jobs"});
    auto const parsed = parse(std::move(arguments));
    CHECK_FALSE(parsed.options);
    CHECK(parsed.exit_code == 2);
    CHECK_THAT(parsed.err, Catch::Matchers::Contains(what));
    CHECK(parsed.out.empty());
}

} // namespace

TEST_CASE("the relay's options have the defaults that its help names") {
    clean_environment const none;
    auto const how = settings({"--queue", "dbname=jobs"});
    CHECK(how.limit.rows == 1000);
    CHECK(how.limit.bytes == 8 * 1024 * 1024);
    CHECK(how.poll_interval == 20ms);
    CHECK(how.rotate_interval == 30s);
    CHECK(how.give_up_after == 5min);
    CHECK_FALSE(how.once);
    CHECK(how.lost_commits == txq::relay::when_lost::stop);
    CHECK(settings({"--queue", "dbname=jobs", "--lost-commits", "go-on"}).lost_commits == txq::relay::when_lost::go_on);
    CHECK(how.queue.describe() == "dbname=jobs");
    CHECK(how.source.describe() == "dbname=jobs");
    auto const help = parse({"--help"});
    CHECK(help.exit_code == 0);
    for (auto const* part : {"--source", "--queue", "1000", "8388608", "20ms", "30s", "--once", "--schedules",
                             "Examples:", "Exit status:"})
        CHECK_THAT(help.out, Catch::Matchers::Contains(part));
}

TEST_CASE("the relay's options are taken as they are given") {
    clean_environment const none;
    auto const parsed = parse({"--source", "dbname=shop", "--database", "dbname=jobs", "--batch", "10", "--batch-bytes",
                               "1MiB", "--poll-interval", "5ms", "--rotate-interval", "2min", "--give-up-after", "0s",
                               "--once", "--log-format", "json", "--log-level", "debug"});
    REQUIRE(parsed.options);
    auto const& how = parsed.options->settings;
    CHECK(how.source.describe() == "dbname=shop");
    CHECK(how.queue.describe() == "dbname=jobs");
    CHECK(how.limit.rows == 10);
    CHECK(how.limit.bytes == 1024 * 1024);
    CHECK(how.poll_interval == 5ms);
    CHECK(how.rotate_interval == 2min);
    CHECK(how.give_up_after == 0s);
    CHECK(how.once);
    CHECK(parsed.options->schedules.empty());
    CHECK(parsed.options->json_log);
    CHECK(parsed.options->log_level == txq::log::level::debug);
}

TEST_CASE("a relay may be given a file of schedules unless it moves what is there once") {
    clean_environment const none;
    auto const parsed = parse({"--queue", "dbname=jobs", "--schedules", "shop.toml"});
    REQUIRE(parsed.options);
    CHECK(parsed.options->schedules == "shop.toml");
    check_usage_error({"--schedules", "shop.toml", "--once"}, "--schedules");
    check_usage_error({"--schedules"}, "--schedules");
}

TEST_CASE("the relay's databases may come from the environment") {
    clean_environment const none;
    ::setenv("TXQ_DATABASE_URL", "dbname=jobs", 1);
    CHECK(settings({}).source.describe() == "dbname=jobs");
    ::setenv("TXQ_SOURCE_URL", "dbname=shop", 1);
    CHECK(settings({}).queue.describe() == "dbname=jobs");
    CHECK(settings({}).source.describe() == "dbname=shop");
    CHECK(settings({"--source", "dbname=other"}).source.describe() == "dbname=other");
}

TEST_CASE("a relay without a database says how to name one") {
    clean_environment const none;
    auto const parsed = parse({});
    CHECK(parsed.exit_code == 4);
    CHECK_THAT(parsed.err, Catch::Matchers::Contains("--queue") && Catch::Matchers::Contains("TXQ_DATABASE_URL"));
}

TEST_CASE("what the relay's options cannot mean is refused with the reason") {
    clean_environment const none;
    check_usage_error({"--batch", "0"}, "--batch");
    check_usage_error({"--batch", "x"}, "--batch");
    check_usage_error({"--batch-bytes", "0"}, "--batch-bytes");
    check_usage_error({"--batch-bytes", "1TB"}, "--batch-bytes");
    check_usage_error({"--poll-interval", "20"}, "--poll-interval: '20' is not a duration: a number has no unit");
    check_usage_error({"--poll-interval", "0s"}, "--poll-interval: must be 1ms at least");
    check_usage_error({"--rotate-interval", "-1s"}, "--rotate-interval");
    check_usage_error({"--log-format", "xml"}, "--log-format");
    check_usage_error({"--log-level", "loud"}, "--log-level");
    check_usage_error({"--wat"}, "--wat");
    check_usage_error({"stray"}, "stray");
}

TEST_CASE("a database's name that cannot be understood is refused without being repeated") {
    clean_environment const none;
    auto const parsed = parse({"--queue", "postgresql://u:s3%zzcret@h"});
    CHECK(parsed.exit_code == 2);
    CHECK(parsed.err.find("s3") == std::string::npos);
}

TEST_CASE("the relay tells its version") {
    auto const parsed = parse({"--version"});
    CHECK(parsed.exit_code == 0);
    CHECK_THAT(parsed.out, Catch::Matchers::Contains("txq-relay "));
}
