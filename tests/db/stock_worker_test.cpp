#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/running_worker.hpp>
#include <support/scratch.hpp>

#include <csignal>
#include <thread>

#include <txq/detail/shutdown_signals.hpp>
#include <txq/enqueue.hpp>

using namespace txq::test;

namespace {

/// A worker whose file, commands and output are in a directory of its own.
class stock_worker {
  public:
    explicit stock_worker(database& db) : db_{db} {}

    /// Starts it with a file that has these lines, and looks for jobs often.
    process& start(std::string const& kinds, std::string const& groups = "[group.all]\npoll_interval = '20ms'\n") {
        files.write("worker.toml", "lease = '2s'\n" + general + groups + kinds);
        process_ = std::make_unique<process>(
            std::vector<std::string>{"txq-worker", "--config", files.file("worker.toml"), "--database", db_.url()});
        return *process_;
    }

    scratch files;
    /// Lines above the first section.
    std::string general = "grace = '10s'\n";

  private:
    database& db_;
    std::unique_ptr<process> process_;
};

int run(std::vector<std::string> const& command, std::string& output) {
    process program{command};
    auto const status = program.wait();
    output = program.output();
    return status;
}

} // namespace

TEST_CASE("the stock worker runs commands and statements and plugins") {
    database db;
    stock_worker worker{db};
    db.query("create table notes (text text)");
    std::filesystem::copy_file(TXQ_TEST_PLUGINS "/libhandlers.so", worker.files.path() / "libhandlers.so");
    put_jobs(db, {.kind = "command",
                  .payload = R"({"to": "Grüße"})",
                  .headers = R"({"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})"});
    put_jobs(db, {.kind = "statement", .payload = R"({"text": "from SQL"})"});
    put_jobs(db, {.kind = "plugin.note",
                  .payload = R"({"text": "from C++"})",
                  .headers = R"({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})"});

    auto& program = worker.start("[kind.command]\nexec = ['sh', '-c', 'cd \"$0\" && cat >\"$TXQ_KIND $TXQ_QUEUE "
                                 "$TXQ_ATTEMPT $TRACEPARENT\"', '" +
                                 worker.files.path().string() + "']\n" +
                                 "[kind.statement]\nsql = \"insert into notes values ($1->>'text' || ' $9 ' || $4)\"\n"
                                 "[kind.plugin.note]\nplugin = 'libhandlers.so'\n");

    db.wait_until(processed, "3");
    CHECK(worker.files.read("command default 1 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") ==
          R"({"to": "Grüße"})");
    CHECK(db.value("select string_agg(text, ', ' order by text) from notes") == "from C++, from SQL $9 1");
    CHECK(db.value("select kind || ' ' || (headers->>'traceparent') from txq.outbox") ==
          "followed 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    program.send(SIGTERM);
    CHECK(program.wait() == 0);
}

TEST_CASE("a job goes from its enqueue through the relay to the stock worker") {
    database db;
    stock_worker worker{db};
    db.query("create table receipts (operation_id uuid, order_number int)");
    process relay{{"txq-relay", "--database", db.url()}};
    worker.start("[kind.write_receipt]\nsql = \"insert into receipts values ($3, ($1->>'order')::int)\"\n");
    {
        pqxx::connection connection{db.url()};
        pqxx::work tx{connection};
        for (int order = 1; order <= 20; ++order)
            txq::enqueue(tx, "write_receipt", "{\"order\": " + std::to_string(order) + "}");
        tx.commit();
    }
    db.wait_until("select count(distinct order_number) from receipts join txq.processed_jobs using (operation_id)",
                  "20");
    CHECK(db.number("select count(*) from receipts") == 20);
}

TEST_CASE("a command that fails is tried again and its standard error is kept") {
    database db;
    stock_worker worker{db};
    put_jobs(db, {.kind = "flaky"});
    worker.start(
        "[kind.flaky]\nretry = 'fixed 0s'\n"
        "exec = ['sh', '-c', 'echo attempt $TXQ_ATTEMPT of $TXQ_MAX_ATTEMPTS >&2; [ $TXQ_ATTEMPT = 3 ] || exit 75']\n");
    db.wait_until(processed, "1");
    CHECK(db.value("select string_agg(message, '|' order by attempt) from txq.failed_attempts") ==
          "sh ended with exit status 75 (asks to be retried); its standard error:\nattempt 1 of 20|"
          "sh ended with exit status 75 (asks to be retried); its standard error:\nattempt 2 of 20");
    CHECK(db.value("select attempt from txq.processed_jobs") == "3");
}

TEST_CASE("exit status 65 and a permanent error of a plugin make a job dead at once") {
    database db;
    stock_worker worker{db};
    std::filesystem::copy_file(TXQ_TEST_PLUGINS "/libhandlers.so", worker.files.path() / "libhandlers.so");
    put_jobs(db, {.kind = "hopeless"});
    put_jobs(db, {.kind = "plugin.gives_up"});
    worker.start("[kind.hopeless]\nexec = ['sh', '-c', 'echo no such order >&2; exit 65']\n"
                 "[kind.plugin.gives_up]\nplugin = 'libhandlers.so'\n");
    db.wait_until("select count(*) from txq.jobs where state = 'dead' and attempt = 1", "2");
    CHECK(db.value("select message from txq.failed_attempts join txq.jobs on id = job_id where kind = 'hopeless'") ==
          "sh ended with exit status 65 (permanent); its standard error:\nno such order");
    CHECK(db.value(
              "select message from txq.failed_attempts join txq.jobs on id = job_id where kind = 'plugin.gives_up'") ==
          "no use");
}

TEST_CASE("a statement that fails leaves nothing behind and is tried again") {
    database db;
    stock_worker worker{db};
    db.query("create table tries (at int)");
    db.query("create function once(attempt int) returns int language plpgsql as $$ begin insert into tries values "
             "(attempt); "
             "if attempt = 1 then raise 'not yet'; end if; return attempt; end $$");
    put_jobs(db, {.kind = "statement"});
    worker.start("[kind.statement]\nsql = 'select once($4)'\nretry = 'explicit 0s'\n");
    db.wait_until(processed, "1");
    CHECK(db.value("select string_agg(at::text, ',') from tries") == "2");
    CHECK_THAT(db.value("select message from txq.failed_attempts"), Catch::Matchers::Contains("not yet"));
}

TEST_CASE("the stock worker leaves a job whose kind is not in its file") {
    database db;
    stock_worker worker{db};
    put_jobs(db, {.kind = "unknown"});
    put_jobs(db, {.kind = "known"});
    worker.start("[kind.known]\nsql = 'select 1'\n");
    db.wait_until(processed, "1");
    CHECK(db.value("select kind || ' ' || state || ' ' || attempt from txq.jobs") == "unknown ready 0");
}

TEST_CASE("a command that takes longer than its kind's timeout is stopped and has failed") {
    database db;
    stock_worker worker{db};
    put_jobs(db, {.kind = "slow", .max_attempts = 1});
    worker.start("[kind.slow]\nexec = ['sh', '-c', 'echo begun >&2; sleep 1000']\ntimeout = '200ms'\n");
    db.wait_until("select state from txq.jobs", "dead");
    CHECK(db.value("select error_type from txq.failed_attempts") == "timeout");
    CHECK_THAT(db.value("select message from txq.failed_attempts"),
               Catch::Matchers::Contains("was stopped and was killed by signal 15") &&
                   Catch::Matchers::Contains("begun"));
}

TEST_CASE("after SIGTERM the running command may end and no other one begins") {
    database db;
    stock_worker worker{db};
    put_jobs(db, {.kind = "wait", .count = 2});
    worker.files.script("wait", "cd $(dirname $0); touch begun; while [ ! -e go ]; do sleep 0.01; done");
    auto& program =
        worker.start("[kind.wait]\nexec = ['./wait']\n", "[group.one]\nthreads = 1\npoll_interval = '20ms'\n");
    REQUIRE(eventually([&] { return std::filesystem::exists(worker.files.file("begun")); }));
    program.send(SIGTERM);
    REQUIRE(eventually([&] { return program.output().find("told to stop") != std::string::npos; }));
    REQUIRE(eventually([&] { return program.output().find("stopping jobs=") != std::string::npos; }));
    CHECK(program.running());
    worker.files.write("go", "");
    CHECK(program.wait() == 0);
    CHECK(db.value(processed) == "1");
    CHECK(db.value("select state || ' ' || attempt from txq.jobs") == "ready 0");
    CHECK(db.value("select count(*) from txq.workers") == "0");
}

TEST_CASE("when the grace is over a command is stopped and its job given back with its attempt") {
    database db;
    stock_worker worker{db};
    worker.general = "grace = '50ms'\n";
    put_jobs(db, {.kind = "long"});
    auto& program = worker.start("[kind.long]\nexec = ['sleep', '1000']\n");
    db.wait_until("select state from txq.jobs", "running");
    program.send(SIGTERM);
    CHECK(program.wait() == 0);
    CHECK(db.value("select state || ' ' || attempt from txq.jobs") == "ready 0");
    CHECK(db.value("select count(*) from txq.failed_attempts") == "0");
}

TEST_CASE("a second SIGTERM leaves at once with the commands") {
    database db;
    stock_worker worker{db};
    put_jobs(db, {.kind = "long"});
    auto& program = worker.start("[kind.long]\nexec = ['sh', '-c', 'echo $$ >\"$0\"; exec sleep 1000', '" +
                                 worker.files.file("pid") + "']\n");
    REQUIRE(eventually([&] { return worker.files.read("pid").ends_with('\n'); }));
    program.send(SIGTERM);
    REQUIRE(eventually([&] { return program.output().find("told to stop") != std::string::npos; }));
    std::this_thread::sleep_for(txq::shutdown_signals::same_signal);
    program.send(SIGTERM);
    CHECK(program.wait() == 1);
    CHECK(db.value("select state || ' ' || attempt || ' ' || crashes from txq.jobs") == "ready 0 0");
    auto const command = std::stoi(worker.files.read("pid"));
    CHECK(eventually([&] { return is_gone(command); }));
}

TEST_CASE("groups with processes of their own are supervised") {
    database db;
    stock_worker worker{db};
    constexpr auto workers = "select count(*) from txq.workers";
    auto& program = worker.start(
        "[kind.a]\nsql = 'select 1'\n[kind.sleeps]\nexec = ['sh', '-c', 'echo >\"$0\"; exec sleep 1000', '" +
            worker.files.file("began") + "']\n",
        "[group.many]\nprocesses = 2\nqueues = ['many']\npoll_interval = '20ms'\n"
        "[group.shared]\nqueues = ['shared']\npoll_interval = '20ms'\n"
        "[group.shared_too]\nqueues = ['shared_too']\npoll_interval = '20ms'\n");
    db.wait_until(workers, "3");
    CHECK(db.value("select string_agg(queues::text, ' ' order by queues) from txq.workers") ==
          "{many} {many} {shared,shared_too}");

    SECTION("one that is killed is started again") {
        auto const killed = db.value("select name from txq.workers where queues = '{many}' limit 1");
        ::kill(std::stoi(killed.substr(killed.rfind(':') + 1)), SIGKILL);
        db.wait_until("select count(*) from txq.workers where queues = '{many}' and name <> '" + killed + "'", "2");
        put_jobs(db, {.kind = "a", .queue = "many"});
        db.wait_until(processed, "1");
        program.send(SIGTERM);
        CHECK(program.wait() == 0);
    }
    SECTION("all end with the one that has started them") {
        program.send(SIGKILL);
        program.wait();
        db.wait_until(workers, "0");
    }
    SECTION("all leave at once at the second signal") {
        put_jobs(db, {.kind = "sleeps", .queue = "shared"});
        // one that has not begun is given back, and nothing is left to be left
        CHECK(eventually([&] { return std::filesystem::exists(worker.files.file("began")); }));
        program.send(SIGTERM);
        db.wait_until("select count(*) from txq.workers where queues = '{many}'", "0");
        std::this_thread::sleep_for(txq::shutdown_signals::same_signal);
        program.send(SIGTERM);
        CHECK(program.wait() == 1);
    }
    SECTION("all are told to stop") {
        program.send(SIGINT);
        CHECK(program.wait() == 0);
        CHECK(db.value(workers) == "0");
    }
}

TEST_CASE("a process is supervised also where it is the only one") {
    database db;
    stock_worker worker{db};
    worker.start("[kind.a]\nsql = 'select 1'\n", "[group.only]\nprocesses = 1\n");
    db.wait_until("select count(*) from txq.workers", "1");
    auto const killed = db.value("select name from txq.workers");
    ::kill(std::stoi(killed.substr(killed.rfind(':') + 1)), SIGKILL);
    db.wait_until("select count(*) from txq.workers where name <> '" + killed + "'", "1");
}

TEST_CASE("processes that cannot do their work are not started again and again") {
    database db{database::schema::none};
    stock_worker worker{db};
    auto& program = worker.start("[kind.a]\nsql = 'select 1'\n", "[group.many]\nprocesses = 2\n");
    CHECK(program.wait() == 3);
    CHECK_THAT(program.output(), Catch::Matchers::Contains("txq migrate"));
}

TEST_CASE("the stock worker's exit status says what is wrong before it has begun") {
    scratch const files;
    auto const file = files.write("worker.toml", "[kind.a]\nsql = 'select 1'\n");
    auto const broken = files.write("broken.toml", "[kind.a]\nsql = 'select 1'\nretries = 3\n");
    std::string output;
    CHECK(run({"txq-worker"}, output) == 2);
    CHECK_THAT(output, Catch::Matchers::Contains("--config is required"));
    CHECK(run({"txq-worker", "--config", file, "--no-such-option"}, output) == 2);
    CHECK(run({"txq-worker", "--config", broken, "--check"}, output) == 2);
    CHECK_THAT(output, Catch::Matchers::Contains("broken.toml, line 3, [kind.a], retries: there is no such key"));
    CHECK(run({"txq-worker", "--config", file, "--check"}, output) == 0);
    CHECK_THAT(output, Catch::Matchers::Contains("is fine: 1 kind, 1 group, 1 process"));
    CHECK(run({"env", "-u", "TXQ_DATABASE_URL", "-u", "PGHOST", "-u", "PGDATABASE", "-u", "PGSERVICE",
               TXQ_PROGRAMS "/txq-worker", "--config", file},
              output) == 4);
    CHECK(run({"txq-worker", "--help"}, output) == 0);
    CHECK_THAT(output, Catch::Matchers::Contains("Examples:"));
}

TEST_CASE("a policy of the stock worker's file decides by exit status and signal and SQLSTATE") {
    database db;
    stock_worker worker{db};
    db.query("create table accounts (id int primary key)");
    db.query("insert into accounts values (1)");
    for (auto const* kind : {"tempfail", "usage", "killed", "unique", "other"}) put_jobs(db, {.kind = kind});
    auto const exec = [](std::string const& command) {
        return "policy = 'shared'\nexec = ['sh', '-c', '" + command + "']\n";
    };
    worker.start("[kind.tempfail]\n" + exec("exit 75") + "[kind.usage]\n" + exec("exit 64") + "[kind.killed]\n" +
                 exec("kill -9 $$") + "[kind.other]\n" + exec("echo the disk is full >&2; exit 1") +
                 "[kind.unique]\npolicy = 'shared'\nsql = 'insert into accounts values (1)'\n"
                 "[policy.shared]\notherwise = 'hold'\nrules = ['on exit:75 then fixed 1h', 'on exit:64 then dead',\n"
                 "'on signal:9 then explicit 2h', 'on sqlstate:23* then discard at warning']\n");
    db.wait_until("select count(*) from txq.failed_attempts", "5");
    CHECK(db.value("select string_agg(kind || ' ' || state || ' ' || error_type || ' ' || source, ', ' order by kind) "
                   "from txq.jobs join txq.failed_attempts on job_id = id") ==
          "killed scheduled signal:9 command, other held exit:1 command, tempfail scheduled exit:75 command, "
          "unique discarded sqlstate:23505 database, usage dead exit:64 command");
    CHECK(db.value("select details::text from txq.failed_attempts where error_type = 'signal:9'") ==
          R"({"signal": 9, "command": "sh"})");
}

TEST_CASE("the command of a hook gets a report on its standard input") {
    database db;
    stock_worker worker{db};
    worker.files.script("notify",
                        "cat >>" + worker.files.file("reports") + "; echo $TXQ_KIND >>" + worker.files.file("kinds"));
    put_jobs(db, {.kind = "hopeless"});
    put_jobs(db, {.kind = "flaky", .max_attempts = 2});
    auto& program = worker.start("[hook]\nexec = ['./notify']\n"
                                 "[kind.hopeless]\nexec = ['sh', '-c', 'echo no such order >&2; exit 65']\n"
                                 "[kind.flaky]\nretry = 'fixed 0s'\nexec = ['false']\n");
    CHECK(eventually([&] { return worker.files.read("kinds").size() == std::string{"hopeless\nflaky\n"}.size(); }));
    program.send(SIGTERM);
    CHECK(program.wait() == 0);

    std::istringstream lines{worker.files.read("reports")};
    std::map<std::string, nlohmann::json> reports;
    for (std::string line; std::getline(lines, line);) {
        auto const report = nlohmann::json::parse(line);
        reports[report["job"]["kind"]] = report;
    }
    REQUIRE(reports.size() == 2);
    CHECK(reports["hopeless"]["became"] == "dead");
    CHECK(reports["hopeless"]["error"]["type"] == "exit:65");
    CHECK(reports["flaky"]["job"]["attempt"] == 2);
}

TEST_CASE("a hook's command that fails or hangs is killed and logged and jobs go on") {
    database db;
    stock_worker worker{db};
    put_jobs(db, {.kind = "hopeless", .count = 3});
    auto& program = worker.start("[hook]\nexec = ['sh', '-c', 'trap \"\" TERM; sleep 1000']\ntimeout = '10ms'\n"
                                 "[kind.hopeless]\nexec = ['sh', '-c', 'exit 65']\n");
    db.wait_until("select count(*) from txq.jobs where state = 'dead'", "3");
    CHECK(eventually([&] { return program.output().find("the failure hook failed") != std::string::npos; }));
    program.send(SIGTERM);
    CHECK(program.wait() == 0);
}

TEST_CASE("a hook whose program is missing is named by the check of the file") {
    scratch const files;
    files.write("worker.toml", "[hook]\nexec = ['./notify']\n[kind.a]\nsql = 'select 1'\n");
    std::string output;
    CHECK(run({"txq-worker", "--check", "--config", files.file("worker.toml")}, output) == 2);
    CHECK_THAT(output, Catch::Matchers::Contains("line 2, [hook], exec: ") &&
                           Catch::Matchers::Contains("notify is not a file that can be executed"));
}
