// Servers that are restored to an earlier point, from a copy of their files.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/eventually.hpp>
#include <support/process.hpp>
#include <support/questions.hpp>
#include <support/server.hpp>

#include <csignal>

#include <nlohmann/json.hpp>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr auto kinds = "select string_agg(kind || ':' || jobs, ' ' order by kind) "
                       "from (select kind, count(*) as jobs from txq.jobs group by kind) as kinds";

using arguments = std::vector<std::string>;

arguments relay_between(std::string const& outbox, std::string const& queue, arguments const& more = {}) {
    // nothing that has been moved is gone from the outbox before the test is over
    arguments all{"txq-relay", "--source", outbox, "--queue", queue, "--rotate-interval", "10min"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// Each in a transaction of its own.
void enqueue(std::string const& url, std::string const& kind, int jobs) {
    pqxx::connection connection{url};
    for (int i = 0; i < jobs; ++i) pqxx::nontransaction{connection}.exec("select txq.enqueue('" + kind + "', '{}')");
}

/// What the operator's command says, which has to succeed.
std::string operate(std::string const& queue, arguments all) {
    all.insert(all.begin(), "txq");
    all.insert(all.end(), {"--database", queue});
    process command{all};
    REQUIRE(command.wait() == 0);
    return command.output();
}

std::string id_of(std::string const& outbox) { return questions{outbox}.value("select id from txq.outbox_source"); }

/// Its outbox has had two batches read when it is backed up, and more that a queue has are forgotten when it is
/// restored.
class shop_that_forgets {
  public:
    explicit shop_that_forgets(std::string const& queue, arguments const& how = {}) {
        process relay{relay_between(url, queue, how)};
        for (auto const* all : {"kept:1", "kept:2"}) {
            enqueue(url, "kept", 1);
            REQUIRE(questions{queue}.becomes(kinds, all));
        }
        relay.send(SIGTERM);
        relay.wait();
        server_.back_up();
    }

    void forget() { server_.restore(); }

  private:
    server server_;

  public:
    std::string const url = server_.make_database("shop");
};

bool said(process const& one, std::string const& words) { return one.output().find(words) != std::string::npos; }

bool is_stopped(process const& one) { return said(one, "lacks commits whose jobs were moved"); }

/// Three jobs of it were moved that it does not know of any more, and two are new; one of its relays has found that
/// out.
struct stopped_outbox {
    stopped_outbox() {
        REQUIRE(eventually([&] { return said(relay, "active: moving jobs") || said(standby, "active: moving jobs"); }));
        enqueue(forgets.url, "forgotten", 3);
        queue.wait_until(kinds, "forgotten:3 kept:2");
        forgets.forget();
        REQUIRE(eventually([&] { return is_stopped(relay) || is_stopped(standby); }));
        enqueue(forgets.url, "new", 2);
        id = id_of(forgets.url);
    }

    database queue{database::schema::queue};
    shop_that_forgets forgets{queue.url()};
    process relay{relay_between(forgets.url, queue.url())};
    process standby{relay_between(forgets.url, queue.url())};
    std::string id{};
};

} // namespace

TEST_CASE("an outbox that is restored to an earlier point is not moved from until a person says so") {
    stopped_outbox shop;
    auto const shown = operate(shop.queue.url(), {"outboxes", "resume", shop.id});
    CHECK_THAT(shown, Contains("(3 jobs), moved ") && Contains("nothing has been changed"));
    CHECK(shop.queue.value(kinds) == "forgotten:3 kept:2");

    operate(shop.queue.url(), {"outboxes", "resume", shop.id, "--yes"});

    shop.queue.wait_until(kinds, "forgotten:3 kept:2 new:2");
    enqueue(shop.forgets.url, "newer", 1);
    shop.queue.wait_until(kinds, "forgotten:3 kept:2 new:2 newer:1");
    process again{{"txq", "outboxes", "resume", shop.id, "--yes", "--database", shop.queue.url()}};
    CHECK(again.wait() == 5);
}

TEST_CASE("status says that an outbox is stopped and how to go on") {
    stopped_outbox shop;
    auto const status = nlohmann::json::parse(operate(shop.queue.url(), {"status", "--json"}));
    CHECK(status["relays"][0]["stopped"]["why"] == "lost_commits");
    CHECK(status["relays"][0]["stopped"]["jobs"] == 3);
    CHECK_THAT(status["hints"].dump(), Contains("those of batches") && Contains("txq outboxes resume " + shop.id));
    CHECK_THAT(operate(shop.queue.url(), {"status"}), Contains("STOPPED SINCE"));
}

TEST_CASE("a stopped outbox stays so whoever is killed and started") {
    stopped_outbox shop;
    for (auto* one : {&shop.relay, &shop.standby}) {
        one->send(SIGKILL);
        one->wait();
    }
    process restarted{relay_between(shop.forgets.url, shop.queue.url())};
    CHECK(eventually([&] { return is_stopped(restarted); }));
    CHECK(shop.queue.value(kinds) == "forgotten:3 kept:2");
    operate(shop.queue.url(), {"outboxes", "resume", shop.id, "--yes"});
    shop.queue.wait_until(kinds, "forgotten:3 kept:2 new:2");
}

TEST_CASE("other outboxes are moved from while one is stopped") {
    stopped_outbox shop;
    database other{database::schema::outbox};
    process mover{relay_between(other.url(), shop.queue.url())};
    enqueue(other.url(), "other", 2);
    shop.queue.wait_until(kinds, "forgotten:3 kept:2 other:2");
}

TEST_CASE("an outbox that was restored to an earlier point stays stopped though its transaction ids have caught up") {
    database queue{database::schema::queue};
    shop_that_forgets shop{queue.url()};
    {
        process relay{relay_between(shop.url, queue.url())};
        enqueue(shop.url, "forgotten", 2);
        queue.wait_until(kinds, "forgotten:2 kept:2");
    }

    shop.forget();
    enqueue(shop.url, "new", 100);

    process relay{relay_between(shop.url, queue.url())};
    CHECK(eventually([&] { return is_stopped(relay); }));
    operate(queue.url(), {"outboxes", "resume", id_of(shop.url), "--yes"});
    queue.wait_until(kinds, "forgotten:2 kept:2 new:100");
    CHECK(said(relay, "has gone back in time"));
}

TEST_CASE("a relay that was told to goes on with an outbox that was restored and nothing is moved twice") {
    database queue{database::schema::queue};
    arguments const go_on{"--lost-commits", "go-on"};
    shop_that_forgets shop{queue.url(), go_on};
    process relay{relay_between(shop.url, queue.url(), go_on)};
    enqueue(shop.url, "forgotten", 3);
    queue.wait_until(kinds, "forgotten:3 kept:2");

    shop.forget();

    CHECK(eventually([&] { return said(relay, "has gone back in time"); }));
    enqueue(shop.url, "new", 2);
    queue.wait_until(kinds, "forgotten:3 kept:2 new:2");
    CHECK(relay.running());
}

TEST_CASE("a relay that is to move what is there and no more ends when it may not") {
    database queue{database::schema::queue};
    shop_that_forgets shop{queue.url()};
    process moves{relay_between(shop.url, queue.url(), {"--once"})};
    CHECK(moves.wait() == 0);
    enqueue(shop.url, "forgotten", 1);
    process moves_again{relay_between(shop.url, queue.url(), {"--once"})};
    CHECK(moves_again.wait() == 0);
    shop.forget();
    process may_not{relay_between(shop.url, queue.url(), {"--once"})};
    CHECK(may_not.wait() == 1);
    CHECK_THAT(may_not.output(), Contains("to_go_on=\"txq outboxes resume " + id_of(shop.url)));
}

TEST_CASE("what a queue that is restored to an earlier point has lost is moved again once and the relay says so") {
    database shop{database::schema::outbox};
    server jobs;
    auto const url = jobs.make_database("jobs");
    process relay{relay_between(shop.url(), url)};
    enqueue(shop.url(), "kept", 2);
    REQUIRE(questions{url}.becomes(kinds, "kept:2"));
    jobs.back_up();
    for (auto const* all : {"kept:2 lost:1", "kept:2 lost:2", "kept:2 lost:3"}) {
        enqueue(shop.url(), "lost", 1);
        REQUIRE(questions{url}.becomes(kinds, all));
    }

    jobs.restore();

    CHECK(questions{url}.becomes(kinds, "kept:2 lost:3"));
    CHECK(said(relay, "the queue has lost batches"));
    enqueue(shop.url(), "new", 1);
    CHECK(questions{url}.becomes(kinds, "kept:2 lost:3 new:1"));
}

TEST_CASE("what a queue loses that was moved since an outbox went on from an earlier point is moved again") {
    server jobs;
    auto const queue = jobs.make_database("jobs");
    shop_that_forgets shop{queue};
    auto relay = std::make_unique<process>(relay_between(shop.url, queue));
    enqueue(shop.url, "forgotten", 20);
    REQUIRE(questions{queue}.becomes(kinds, "forgotten:20 kept:2"));
    relay.reset();
    jobs.back_up();
    shop.forget();
    relay = std::make_unique<process>(relay_between(shop.url, queue));
    REQUIRE(eventually([&] { return is_stopped(*relay); }));
    operate(queue, {"outboxes", "resume", id_of(shop.url), "--yes"});
    enqueue(shop.url, "new", 1); // its transaction id is below those of what was forgotten
    REQUIRE(questions{queue}.becomes(kinds, "forgotten:20 kept:2 new:1"));
    relay.reset();

    jobs.restore();
    for (int i = 0; i < 50; ++i)
        questions{shop.url}.value("select pg_current_xact_id()"); // and now they have caught up
    process restarted{relay_between(shop.url, queue)};
    CHECK(questions{queue}.becomes(kinds, "forgotten:20 kept:2 new:1"));
    CHECK(said(restarted, "the queue has lost batches"));
}
