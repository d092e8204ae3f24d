// What producers may enqueue, where there are rules about them.

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>
#include <support/process.hpp>
#include <support/roles.hpp>

#include <functional>

#include <txq/enqueue.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr auto security = "select relrowsecurity from pg_class where oid = 'txq.outbox'::regclass";

constexpr auto plain_insert = "insert into txq.outbox (id, operation_id, queue, kind, priority, max_attempts, payload) "
                              "select i, i, 'default', kind, 2, 20, '{}' from (select gen_random_uuid() as i, ";

/// A database whose producer may enqueue what some rules allow.
class ruled {
  public:
    void allow(std::string const& arguments) {
        db.query("select txq.allow_producer('" + roles.own("producer") + "', " + arguments + ")");
    }

    /// Why a role cannot do something in a transaction; empty: it can, and has.
    std::string refusal(std::string_view role, std::function<void(pqxx::work& tx)> const& what) {
        pqxx::connection connection{roles.url_of(role)};
        pqxx::work tx{connection};
        try {
            what(tx);
            tx.commit();
        } catch (pqxx::insufficient_privilege const& refused) { return refused.what(); }
        return "";
    }
    std::string refusal_of_kind(std::string const& kind, std::string const& queue = "default") {
        return refusal("producer", [&](pqxx::work& tx) { txq::enqueue(tx, kind, "{}", {.queue = queue}); });
    }
    std::string refusal_of_sql(std::string const& sql) {
        return refusal("producer", [&](pqxx::work& tx) { tx.exec(sql); });
    }
    long long enqueued() { return db.number("select count(*) from txq.outbox"); }

    database db;
    printed_roles roles{db};
};

} // namespace

TEST_CASE("a producer without rules enqueues everything and pays for none") {
    ruled on;
    CHECK(on.refusal_of_kind("anything") == "");
    CHECK(on.db.value(security) == "f");
}

TEST_CASE("a producer with rules enqueues what they allow in every way there is and nothing else") {
    ruled on;
    on.allow("'mail.*', 'mail'");
    on.allow("'report'");
    std::vector<txq::new_job> const two{{.payload = "{}"}, {.payload = "{}"}};
    auto const many = [&](std::string const& kind) {
        return on.refusal("producer", [&](pqxx::work& tx) { txq::enqueue_many(tx, kind, two); });
    };

    CHECK(on.refusal_of_kind("mail.receipt", "mail") == "");
    CHECK(on.refusal_of_kind("report", "anywhere") == "");
    CHECK(many("report") == "");
    CHECK(on.refusal_of_sql("select txq.enqueue('report', '{}')") == "");
    CHECK(on.refusal_of_sql(std::string{plain_insert} + "'report' as kind) as job") == "");
    CHECK(on.enqueued() == 6);

    CHECK_THAT(on.refusal_of_kind("mail.receipt"), Contains("the role " + on.roles.own("producer")) &&
                                                       Contains("kind mail.receipt into the queue default") &&
                                                       Contains("txq producers list"));
    CHECK(on.refusal_of_kind("mail", "mail") != "");
    CHECK(many("other") != "");
    CHECK(on.refusal_of_sql("select txq.enqueue('other', '{}')") != "");
    CHECK(on.refusal_of_sql(std::string{plain_insert} + "unnest('{report,other}'::text[]) as kind) as job") != "");
    CHECK(on.enqueued() == 6);
}

TEST_CASE("there is no way around the rules with the rights of a producer") {
    ruled on;
    on.allow("'report'");
    for (auto const* way :
         {"insert into txq.outbox_0 (id, operation_id, queue, kind, priority, max_attempts, payload) "
          "values (gen_random_uuid(), gen_random_uuid(), 'a', 'b', 2, 20, '{}')",
          "set row_security = off; select txq.enqueue('other', '{}')",
          "set role none; select txq.enqueue('other', '{}')", "select txq.allow_producer(current_user, 'other')",
          "select txq.remove_producer_rules(current_user)", "delete from txq.producer_rules",
          "alter table txq.outbox disable row level security", "select nextval('txq.outbox_turn')",
          "select from txq.outbox", "select from txq.producer_rules"}) {
        INFO(way);
        CHECK_THAT(on.refusal_of_sql(way), Contains("ERROR"));
    }
    CHECK(on.enqueued() == 0);
}

TEST_CASE("the rules about a role are its members' as well") {
    ruled on;
    on.allow("'report'");
    on.db.query("grant " + on.roles.own("producer") + " to " + on.roles.own("worker"));
    auto const by_worker = [&](std::string const& kind) {
        return on.refusal("worker", [&](pqxx::work& tx) { txq::enqueue(tx, kind, "{}"); });
    };
    CHECK(by_worker("report") == "");
    CHECK(by_worker("other") != "");
    on.db.query("select txq.allow_producer('" + on.roles.own("worker") + "', 'other')");
    CHECK(by_worker("other") == "");
    CHECK(on.refusal_of_kind("other") != "");
}

TEST_CASE("a function with its owner's rights is bound by its owner's rules") {
    ruled on;
    on.allow("'report'");
    on.db.query(
        "create function shop() returns uuid language sql security definer set search_path = pg_catalog, pg_temp "
        "as $$ select txq.enqueue('other', '{}') $$; grant execute on function shop() to public");
    CHECK(on.refusal_of_sql("select shop()") == "");
    on.db.query("grant create on schema public to " + on.roles.own("producer"));
    on.db.query("alter function shop() owner to " + on.roles.own("producer"));
    CHECK(on.refusal_of_sql("select shop()") != "");
}

TEST_CASE("a relay moves and truncates and rejects what producers with rules have enqueued") {
    ruled on;
    on.allow("'report'");
    CHECK(on.refusal_of_kind("report") == "");
    for (int i = 0; i < 2; ++i) {
        process relay{{"txq-relay", "--once", "--queue", on.roles.url_of("relay")}};
        auto const status = relay.wait();
        INFO(relay.output());
        CHECK(status == 0);
    }
    CHECK(on.db.number("select count(*) from txq.jobs") == 1);
    CHECK(on.enqueued() == 0);
}

TEST_CASE("rules are kept by the operator's command") {
    ruled on;
    auto const role = on.roles.own("producer");
    CHECK(run_txq(on.db, {"producers", "list"}).out == "there are no rules: every producer may enqueue everything\n");
    auto const added = run_txq(on.db, {"producers", "allow", role, "--kind", "a", "--kind", "b*", "--queue", "mail"});
    CHECK(added.out ==
          role + " may enqueue a into mail: from now on\n" + role + " may enqueue b* into mail: from now on\n");
    CHECK_THAT(run_txq(on.db, {"producers", "allow", role, "--kind", "a", "--queue", "mail"}).out,
               Contains("as before"));
    CHECK(run_txq(on.db, {"producers", "list", "--json"}).json()["rules"][1] ==
          nlohmann::json{{"producer", role}, {"kind", "b*"}, {"queue", "mail"}});
    CHECK(run_txq(on.db, {"producers", "deny", role, "--kind", "c"}).status == 5);
    CHECK(run_txq(on.db, {"producers", "deny", role, "--kind", "a", "--queue", "mail"}).status == 0);

    auto const last = run_txq(on.db, {"producers", "deny", role, "--kind", "b*", "--queue", "mail"});
    CHECK(last.status == 5);
    CHECK_THAT(last.err, Contains("last rule of " + role));
    CHECK(on.db.value(security) == "t");
    CHECK_THAT(run_txq(on.db, {"producers", "remove", role}).out, Contains("everything: 1 rule is removed"));
    CHECK(on.db.value(security) == "f");
    CHECK(run_txq(on.db, {"producers", "remove", role}).status == 5);
}

TEST_CASE("a rule that would bind nobody is refused") {
    ruled on;
    auto const owner = on.db.value("select current_user");
    auto const of_owner = run_txq(on.db, {"producers", "allow", owner});
    auto const of_nobody = run_txq(on.db, {"producers", "allow", "no such role"});
    CHECK(of_owner.status == 5);
    CHECK_THAT(of_owner.err, Contains("no rule binds " + owner));
    CHECK(of_nobody.status == 5);
    CHECK_THAT(of_nobody.err, Contains("there is no role 'no such role'"));
    CHECK(run_txq(on.db, {"producers", "allow", "a", "--kind", ""}).status == 2);
    CHECK(on.db.value(security) == "f");
}

TEST_CASE("the first rule gives way to a transaction that has enqueued") {
    ruled on;
    pqxx::connection connection{on.roles.url_of("producer")};
    pqxx::work tx{connection};
    txq::enqueue(tx, "other", "{}");
    auto const refused = run_txq(on.db, {"producers", "allow", on.roles.own("producer"), "--kind", "report"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, Contains("try again"));
    tx.commit();
    CHECK(on.db.number("select count(*) from txq.producer_rules") == 0);
    CHECK(on.enqueued() == 1);
}

TEST_CASE("rules of a role that is gone are shown and removed by its number") {
    ruled on;
    on.db.query("create role " + on.roles.own("gone"));
    on.db.query("select txq.allow_producer('" + on.roles.own("gone") + "')");
    auto const number = on.db.value("select producer::oid from txq.producer_rules");
    on.db.query("drop role " + on.roles.own("gone"));
    CHECK_THAT(run_txq(on.db, {"producers", "list"}).out, Contains(number));
    CHECK(on.refusal_of_kind("anything") == "");
    CHECK(run_txq(on.db, {"producers", "remove", number}).status == 0);
}
