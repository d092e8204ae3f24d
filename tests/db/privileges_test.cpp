// What programs say to a role that lacks a privilege, and to a database without the schema.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>

#include <csignal>

#include <txq/enqueue.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// A role that may connect to a database and do nothing in the schema txq.
class stranger {
  public:
    explicit stranger(database& db) : db_{db} { db_.query("create role " + name() + " login"); }
    ~stranger() {
        db_.query("drop owned by " + name());
        db_.query("drop role " + name());
    }
    stranger(stranger const&) = delete;
    stranger& operator=(stranger const&) = delete;

    std::string name() const { return db_.name() + "_stranger"; }
    std::string url() const { return db_.url() + " user=" + name(); }

  private:
    database& db_;
};

} // namespace

TEST_CASE("the command names the role that lacks a privilege and fails") {
    database db;
    stranger const role{db};
    for (auto const& command :
         {std::vector<std::string>{"status"}, {"jobs", "list"}, {"enqueue", "test"}, {"migrate"}}) {
        auto all = command;
        all.insert(all.end(), {"--database", role.url()});
        auto const ended = run_txq(all);
        INFO(ended.err);
        CHECK(ended.status == 1);
        CHECK_THAT(ended.err, Contains("permission denied") && Contains("as role " + role.name()) &&
                                  Contains("lacks a privilege") && Contains("database " + db.name()));
    }
}

TEST_CASE("a relay whose role lacks a privilege says so and goes on when it is granted") {
    database db;
    stranger const role{db};
    process relay{{"txq-relay", "--queue", role.url()}};
    CHECK(eventually([&] { return relay.output().find("the role lacks a privilege") != std::string::npos; }));
    db.query("alter role " + role.name() + " superuser");
    CHECK(eventually([&] { return relay.output().find("active: moving jobs") != std::string::npos; }));
    relay.send(SIGTERM);
    CHECK(relay.wait() == 0);
}

TEST_CASE("a command that finds a side of the schema missing names the database and what there is") {
    database outbox{database::schema::outbox};
    database none{database::schema::none};
    auto const only_other = run_txq(outbox, {"status"});
    CHECK(only_other.status == 3);
    CHECK_THAT(only_other.err, Contains("database " + outbox.name()) && Contains("used as the queue's") &&
                                   Contains("only the outbox's") && Contains("txq migrate --side queue"));
    auto const neither = run_txq(none, {"enqueue", "test"});
    CHECK(neither.status == 3);
    CHECK_THAT(neither.err, Contains("database " + none.name()) && Contains("neither side") &&
                                Contains("txq migrate for both") && Contains("txq migrate --side outbox"));
}

TEST_CASE("a relay whose source and queue are mixed up says which database lacks what") {
    database outbox{database::schema::outbox};
    database queue{database::schema::queue};
    process relay{{"txq-relay", "--source", queue.url(), "--queue", outbox.url()}};
    CHECK(relay.wait() == 3);
    CHECK_THAT(relay.output(), Contains("database " + queue.name()) && Contains("used as the outbox's") &&
                                   Contains("is it the database that was meant?"));
}

TEST_CASE("an enqueue in a database without an outbox says what to do") {
    database db{database::schema::none};
    pqxx::connection connection{db.url()};
    auto const enqueue = [&](auto how) {
        pqxx::work tx{connection};
        try {
            how(tx);
            FAIL("enqueued");
        } catch (txq::error const& refused) {
            CHECK(refused.code() == txq::errc::schema_missing);
            CHECK_THAT(refused.what(), Contains("database " + db.name()) && Contains("txq migrate --side outbox"));
        }
    };
    enqueue([](auto& tx) { txq::enqueue(tx, "test", "{}"); });
    enqueue([](auto& tx) { txq::enqueue(tx, "test", "{}", {.operation_id = "one"}); });
    enqueue([](auto& tx) { txq::enqueue_many(tx, "test", std::vector<txq::new_job>{{.payload = "{}"}}); });
}
