#include <support/catch.hpp>
#include <support/complaint.hpp>

#include <program/config.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using namespace txq::program;
using strings = std::vector<std::string>;

namespace {

config parse(std::string const& text) { return parse_config(text, "/etc/txq/worker.toml"); }

std::string complaint_about(std::string const& text) {
    return txq::test::complaint_of([&] { parse(text); });
}

} // namespace

TEST_CASE("a worker's file says what runs which kind") {
    auto const read = parse(R"(
        database = "dbname=shop"
        lease = "6s"
        grace = "1min"
        crash_limit = 5
        retention = "30d"
        dead_retention = "90d"
        give_up_after = "0s"

        [kind.send_mail]
        exec = ["bin/send-mail", "--quiet"]
        timeout = "30s"
        retry = "fixed 5s"

        [kind.credit]
        sql = "update account set cents = cents + 1"

        [kind.report.monthly]
        sql_file = "report.sql"

        [kind."resize.image"]
        plugin = "/usr/lib/libimages.so"
        timeout = "0s"
    )");
    CHECK(read.options.database == "dbname=shop");
    CHECK(read.options.lease == 6s);
    CHECK(read.options.grace == 1min);
    CHECK(read.options.crash_limit == 5);
    CHECK(read.options.retention == 24h * 30);
    CHECK(read.options.dead_retention == 24h * 90);
    CHECK(read.options.give_up_after == 0s);
    CHECK(read.directory == "/etc/txq");
    REQUIRE(read.kinds.size() == 4);
    CHECK(read.kinds[0].name == "send_mail");
    CHECK(std::get<exec_config>(read.kinds[0].handler).arguments == strings{"bin/send-mail", "--quiet"});
    CHECK(read.kinds[0].timeout == 30s);
    CHECK(std::get<txq::fixed_backoff>(std::get<txq::backoff_policy>(read.kinds[0].retry->otherwise)).delay == 5s);
    CHECK(read.kinds[0].where == "/etc/txq/worker.toml, line 10, [kind.send_mail]");
    CHECK(std::get<sql_config>(read.kinds[1].handler).statement == "update account set cents = cents + 1");
    CHECK_FALSE(read.kinds[1].timeout);
    CHECK_FALSE(read.kinds[1].retry);
    CHECK(read.kinds[2].name == "report.monthly");
    CHECK(std::get<sql_file_config>(read.kinds[2].handler).file == "/etc/txq/report.sql");
    CHECK(read.kinds[3].name == "resize.image");
    CHECK(std::get<plugin_config>(read.kinds[3].handler).library == "/usr/lib/libimages.so");
    CHECK(read.kinds[3].timeout == 0s);
}

TEST_CASE("a group says which queues it works on and how") {
    auto const read = parse(R"(
        [group.mail]
        queues = ["urgent", "mail"]
        threads = 8
        prefetch = 0
        leases = "always"
        poll_interval = "100ms"
        [kind.a]
        sql = "select 1"
    )");
    REQUIRE(read.groups.size() == 1);
    CHECK(read.groups[0].name == "mail");
    CHECK(read.groups[0].options.queues == strings{"urgent", "mail"});
    CHECK(read.groups[0].options.threads == 8);
    CHECK(read.groups[0].options.prefetch == 0);
    CHECK(read.groups[0].options.leases == txq::lease_mode::always);
    CHECK(read.groups[0].options.poll_interval == 100ms);
}

TEST_CASE("without a group the default queue is worked on") {
    auto const read = parse("[kind.a]\nsql = 'select 1'");
    REQUIRE(read.groups.size() == 1);
    CHECK(read.groups[0].options.queues == strings{"default"});
}

TEST_CASE("groups share a process unless they ask for their own") {
    auto const read = parse("[group.a]\n[group.b]\nprocesses = 2\n[group.c]\n[kind.k]\nsql = 'select 1'");
    auto const processes = processes_of(read);
    REQUIRE(processes.size() == 3);
    REQUIRE(processes[0].size() == 2);
    CHECK(processes[0][0].name == "a");
    CHECK(processes[0][1].name == "c");
    CHECK(processes[1][0].name == "b");
    CHECK(processes[2][0].name == "b");
}

TEST_CASE("a worker gives up after five minutes or a longer lease unless its file says otherwise") {
    CHECK(parse("[kind.k]\nsql = 'select 1'").options.give_up_after == 5min);
    CHECK(parse("lease = '10min'\n[kind.k]\nsql = 'select 1'").options.give_up_after == 10min);
    CHECK(parse("give_up_after = '1min'\n[kind.k]\nsql = 'select 1'").options.give_up_after == 1min);
}

TEST_CASE("a process has the groups it runs and what is the same for all") {
    auto const read =
        parse("lease = '7s'\n[group.a]\n[group.b]\nqueues = ['x']\nprocesses = 1\n[kind.k]\nsql = 'select 1'");
    auto const options = options_for(read, processes_of(read)[1]);
    CHECK(options.lease == 7s);
    REQUIRE(options.groups.size() == 1);
    CHECK(options.groups[0].queues == strings{"x"});
}

TEST_CASE("a mistake is named by file and line and section and key") {
    auto const [text, complaint] = GENERATE(table<std::string, std::string>({
        {"leese = \"4s\"", "/etc/txq/worker.toml, line 1, leese: there is no such key"},
        {"lease = 4", "/etc/txq/worker.toml, line 1, lease: this should be a string in quotes"},
        {"lease = \"4\"", "/etc/txq/worker.toml, line 1, lease: '4' is not a duration"},
        {"lease = \"999ms\"", "/etc/txq/worker.toml, line 1, lease: this should be at least 1s"},
        {"retention = \"59min\"", "line 1, retention: this should be at least 1h"},
        {"retention = \"0s\"", "line 1, retention: this should be at least 1h"},
        {"dead_retention = \"59min\"", "line 1, dead_retention: this should be at least 1h, or 0s"},
        {"give_up_after = \"3s\"", "line 1, give_up_after: this should be no less than the lease, or 0s"},
        {"crash_limit = 0", "line 1, crash_limit: this should be at least 1"},
        {"crash_limit = \"3\"", "line 1, crash_limit: this should be a whole number"},
        {"[group.a]\nthreads = 5000", "line 2, [group.a], threads: this should be at most 4096"},
        {"[group.a]\nqueues = []", "line 2, [group.a], queues: a group without queues"},
        {"[group.a]\nqueues = \"mail\"", "line 2, [group.a], queues: this should be an array of strings"},
        {"[group.a]\nprocesses = 0", "line 2, [group.a], processes: this should be at least 1"},
        {"[group.a]\nthread = 1", "line 2, [group.a], thread: there is no such key"},
        {"[group]\nthreads = 1",
         "line 1, [group]: a section is [group.NAME], [kind.NAME], [policy.NAME], [schedule.NAME] or [hook]: the name "
         "is missing"},
        {"[kinds.a]",
         "line 1, [kinds.a]: a section is [group.NAME], [kind.NAME], [policy.NAME], [schedule.NAME] or [hook]"},
        {"[kind.a]", "line 1, [kind.a]: a kind is run by one of exec, sql, sql_file, plugin and schedule_sql"},
        {"[kind.a]\nsql = 'x'\nexec = ['y']", "line 1, [kind.a]: a kind is run by one of"},
        {"[kind.a]\nexec = 'y'", "line 2, [kind.a], exec: this should be an array of strings"},
        {"[kind.a]\nsql = 'x'\ntimeout = \"soon\"", "line 3, [kind.a], timeout: 'soon' is not a duration"},
        {"[kind.a]\nsql = 'x'\nretry = \"often\"", "line 3, [kind.a], retry: retry policy: 'often' is not one of"},
        {"[kind.a]\nsql = 'x'\n[kind.a]\nsql = 'y'", "worker.toml, line 3: "},
        {"[kind.a.b]\nsql = 'x'\n[kind.\"a.b\"]\nsql = 'y'", "line 3, [kind.a.b]: 'a.b' is in the file already"},
        {"[kind.a]\nsql = 'x'\npolicy = 'mail'", "line 3, [kind.a], policy: there is no [policy.mail] in this file"},
        {"[policy.p]\n[kind.a]\nsql = 'x'\nretry = 'dead'\npolicy = 'p'",
         "line 5, [kind.a], policy: this kind has retry"},
        {"[policy.p]\nrules = [\n'on exit:1 then dead',\n'on exit:2 then die',\n]",
         "line 4, [policy.p], rules: rule: 'die' is not one of"},
        {"[policy.p]\notherwise = 'never'", "line 2, [policy.p], otherwise: retry policy: 'never' is not one of"},
        {"[policy.p]\nrule = ['on exit:1 then dead']", "line 2, [policy.p], rule: there is no such key"},
        {"[hook]", "line 1, [hook]: a hook is a command"},
        {"[hook]\nexec = ['x']\non = ['dead',\n'ill']", "line 4, [hook], on: 'ill' is not one of retried, dead"},
        {"[hook]\nexec = ['x']\ntimeout = '0s'", "line 3, [hook], timeout: this should be at least 1ms"},
        {"[policy.p]\n[policy.'p']", "worker.toml, line 2: "},
        {"lease = \"4s\"", "/etc/txq/worker.toml: there is no [kind.NAME]"},
    }));
    INFO(text);
    CHECK_THAT(complaint_about(text), Catch::Matchers::Contains(complaint));
}

TEST_CASE("kinds share a policy wherever it stands in the file") {
    auto const read = parse(R"(
        [kind.a]
        sql = "select 1"
        policy = "careful"
        [policy.careful]
        rules = ["on sqlstate:40* then fixed 1s", "on message '*closed*' then discard at debug"]
        otherwise = "hold"
        [kind.b]
        sql = "select 2"
        policy = "careful"
    )");
    for (auto const& kind : read.kinds) {
        REQUIRE(kind.retry);
        REQUIRE(kind.retry->rules.size() == 2);
        CHECK(kind.retry->rules[0].types == strings{"sqlstate:40*"});
        CHECK(kind.retry->rules[1].messages == strings{"*closed*"});
        CHECK(std::holds_alternative<txq::to_held>(kind.retry->otherwise));
    }
}

TEST_CASE("a hook is told of dead and held jobs unless the file says otherwise") {
    auto const plain = parse("[hook]\nexec = ['./notify', '-q']\n[kind.a]\nsql = 'select 1'").hook.value();
    CHECK(plain.arguments == strings{"./notify", "-q"});
    CHECK(plain.on == strings{"dead", "held"});
    CHECK(plain.timeout == 10s);
    auto const given =
        parse("[hook]\nexec = ['x']\non = ['retried']\ntimeout = '1min'\n[kind.a]\nsql = 'select 1'").hook.value();
    CHECK(given.on == strings{"retried"});
    CHECK(given.timeout == 1min);
    CHECK_FALSE(parse("[kind.a]\nsql = 'select 1'").hook);
}

TEST_CASE("a file that cannot be read is named") {
    CHECK_THROWS_WITH(read_config("/nonexistent/worker.toml"),
                      Catch::Matchers::Contains("/nonexistent/worker.toml cannot be read"));
    CHECK_THROWS_WITH(read_config("/etc"), Catch::Matchers::Contains("/etc is a directory"));
}
