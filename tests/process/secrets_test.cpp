// However wrong a connection string is, nobody reads its password: not in what programs say, nor in `ps`.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

std::vector<std::string> const mistaken{
    "postgresql://u:S3cret/x@127.0.0.1:1/db", // should have been escaped
    "postgresql://u:S3cret?x@127.0.0.1:1/db",
    "postgresql://u:a@S3cret@127.0.0.1:1/db",
    "postgresql://u:S3cr%et@127.0.0.1:1/db",
    "postgresql://u:S3cret@[127.0.0.1:1/db",
    "postgresql://u:S3cret@127.0.0.1:one/db",
    "postgresql://u:S3cret with spaces@127.0.0.1:1/db",
    "postgresql://u@127.0.0.1:1/db?password=S3cret&passwort=x",
    "postgresql://u@127.0.0.1:1/db?sslpassword=S3cret",
    "postgresql://u:S3cret@127.0.0.1:1/db",
    "host=127.0.0.1 port=1 password=S3cret and more",
    "host=127.0.0.1 port=1 password='S3cret",
    "host=127.0.0.1 port=1 passwrd=S3cret",
    "host=127.0.0.1 port=S3cret",
    "dbname=postgresql://u:S3cret@127.0.0.1:1/db",
    "dbname='host=127.0.0.1 password=S3cret'",
    "host=postgresql://u:S3cret@127.0.0.1:1/db",
    "service='postgresql://u:S3cret@127.0.0.1:1/db'",
    "S3cret",
};

std::string leaked_by(process& program) {
    eventually([&] { return !program.running() || program.output().find("database") != std::string::npos; });
    program.send(SIGKILL);
    auto const said = program.output();
    return said.find("S3c") == std::string::npos ? "" : said;
}

std::string file_content(std::string const& file) {
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace

TEST_CASE("no program repeats a password however wrong its connection string is") {
    scratch const files;
    auto const config = files.write("worker.toml", "[kind.a]\nsql = 'select 1'\n");
    for (auto const& text : mistaken) {
        INFO(text);
        for (auto const& command : std::vector<std::vector<std::string>>{
                 {"status", "--database", text}, {"status", text}, {"migrate", "--databse", text}, {text}}) {
            auto const ended = run_txq(command);
            INFO(ended.err);
            CHECK(ended.status != 0);
            CHECK_THAT(ended.out, !Contains("S3c"));
            if (text.find("postgres") == 0 || text.find("password=") != text.npos)
                CHECK_THAT(ended.err, !Contains("S3c"));
        }
        process relay{{"txq-relay", "--once", "--queue", text}};
        process worker{{"txq-worker", "--config", config, "--database", text}};
        CHECK(leaked_by(relay) == "");
        CHECK(leaked_by(worker) == "");
    }
}

TEST_CASE("a password in a worker's file or in the environment is not repeated") {
    scratch const files;
    for (auto const* line : {"database = \"postgresql://u:S3cret@h/db", "databse = \"postgresql://u:S3cret@h/db\"",
                             "database = [\"postgresql://u:S3cret@h/db\"]", "database = postgresql://u:S3cret@h/db",
                             "database = \"postgresql://u:S3cr%et@h/db\"", "lease = \"postgresql://u:S3cret@h/db\""}) {
        process worker{{"txq-worker", "--check", "--config",
                        files.write("worker.toml", std::string{line} + "\n[kind.a]\nsql = 'select 1'\n")}};
        CHECK(worker.wait() == 2);
        CHECK_THAT(worker.output(), !Contains("S3c"));
    }
    files.write("service", "[svc]\nhost=127.0.0.1\npasword=S3cret\n");
    for (auto const& variables : std::vector<std::string>{
             "TXQ_DATABASE_URL=postgresql://u:S3cr%et@h/db", "PGHOST=postgresql://u:S3cret@h/db",
             "PGHOST=127.0.0.1 PGPORT=S3cret", "PGHOST=127.0.0.1 PGPORT=1 PGDATABASE=postgresql://u:S3cret@h/db",
             "PGSERVICE=svc PGSERVICEFILE=" + files.file("service"), "PGHOST=127.0.0.1 PGPORT=1 PGPASSWORD=S3cret"}) {
        INFO(variables);
        process relay{{"sh", "-c", "exec env -u TXQ_DATABASE_URL " + variables + " " TXQ_PROGRAMS "/txq-relay --once"}};
        CHECK(relay.wait() != 0);
        CHECK_THAT(relay.output(), !Contains("S3c"));
    }
}

TEST_CASE("a password that is given as an argument is not shown by ps") {
    database db;
    scratch const files;
    auto const url = db.url() + " password=S3cret";
    auto const config = files.write("worker.toml", "[group.a]\nprocesses = 1\n[kind.a]\nsql = 'select 1'\n");
    process relay{{"txq-relay", "--queue", url}};
    process worker{{"txq-worker", "--config", config, "--database", url}};
    db.wait_until("select count(*) from txq.workers", "1");
    CHECK(eventually([&] { return relay.output().find("active") != std::string::npos; }));

    std::vector<std::string> all{std::to_string(relay.id()), std::to_string(worker.id()),
                                 db.value("select split_part(name, ':', 2) from txq.workers")};
    CHECK(all[1] != all[2]); // a process of the worker's own
    for (auto const& id : all) {
        auto const shown = file_content("/proc/" + id + "/cmdline");
        CHECK_THAT(shown, Contains("password=******") && !Contains("S3c"));
    }
}
