// txq-relay as a program: signals, deaths and lost connections.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>
#include <support/relay.hpp>

#include <csignal>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include <txq/detail/shutdown_signals.hpp>

using namespace txq;
using namespace txq::test;

namespace {

using arguments = std::vector<std::string>;

arguments relay_between(database& outbox, database& queue, arguments more = {}) {
    arguments all{"txq-relay", "--source", outbox.url(), "--queue", queue.url()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

arguments relay_on(database& both, arguments more = {}) { return relay_between(both, both, std::move(more)); }

constexpr auto jobs = "select count(*) from txq.jobs";
/// An active relay holds the lock.
constexpr auto active = "select count(*) from pg_locks where locktype = 'advisory' "
                        "and database = (select oid from pg_database where datname = current_database())";

std::size_t count(std::string const& text, std::string const& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

void wait_for_output(process const& program, std::string const& part) {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (count(program.output(), part) == 0) {
        if (std::chrono::steady_clock::now() > deadline) FAIL("no '" << part << "' in:\n" << program.output());
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

/// While it exists, the active relay waits in the midst of a batch of three jobs.
class three_jobs_in_hand {
  public:
    explicit three_jobs_in_hand(database& db) : blocker_{db} {
        blocker_.run("lock table txq.jobs in share mode");
        enqueue(db, 3);
        db.wait_until("select count(*) from pg_locks where not granted and relation = 'txq.jobs'::regclass", "1");
    }

  private:
    transaction blocker_;
};

} // namespace

TEST_CASE("a relay that is told to stop ends cleanly") {
    database db;
    auto const signal = GENERATE(SIGTERM, SIGINT);
    process relay{relay_on(db)};
    enqueue(db, 1);
    db.wait_until(jobs, "1");
    relay.send(signal);
    CHECK(relay.wait() == 0);
    CHECK(count(relay.output(), "stopped") == 1);
}

TEST_CASE("a relay that is told to stop finishes the batch in hand") {
    database db;
    process relay{relay_on(db)};
    db.wait_until(active, "1");
    {
        three_jobs_in_hand const batch{db};
        relay.send(SIGTERM);
        wait_for_output(relay, "told to stop");
    }
    CHECK(relay.wait() == 0);
    CHECK(db.number(jobs) == 3);
}

TEST_CASE("a relay that is told twice leaves at once and nothing is half moved") {
    database db;
    process relay{relay_on(db)};
    db.wait_until(active, "1");
    {
        three_jobs_in_hand const batch{db};
        relay.send(SIGTERM);
        wait_for_output(relay, "told to stop");
        std::this_thread::sleep_for(shutdown_signals::same_signal);
        relay.send(SIGTERM);
        CHECK(relay.wait() == 1);
    }
    process next{relay_on(db)};
    db.wait_until(jobs, "3");
    db.wait_until("select max(batch) = count(*) from txq.relay_batches", "t");
}

TEST_CASE("a relay without a schema says so and exits with 3") {
    database empty{database::schema::none};
    process relay{relay_on(empty)};
    CHECK(relay.wait() == 3);
    CHECK_THAT(relay.output(), Catch::Matchers::Contains("txq migrate --side outbox"));
    database outbox{database::schema::outbox};
    process other{relay_on(outbox)};
    CHECK(other.wait() == 3);
    CHECK_THAT(other.output(), Catch::Matchers::Contains("txq migrate --side queue"));
}

TEST_CASE("a relay that cannot reach its database tries until it is told to stop and says so once") {
    process relay{{"txq-relay", "--log-level", "debug", "--queue", "postgresql://u:secret@/nowhere?host=/nonexistent"}};
    wait_for_output(relay, "still not tries=3");
    relay.send(SIGTERM);
    CHECK(relay.wait() == 0);
    CHECK(count(relay.output(), "trying again") == 1);
    CHECK(count(relay.output(), "secret") == 0);
    CHECK(count(relay.output(), "nowhere") >= 1);
}

TEST_CASE("a relay that moves once gives up when it cannot reach its database") {
    process relay{{"txq-relay", "--once", "--queue", "postgresql://u:secret@/nowhere?host=/nonexistent"}};
    CHECK(relay.wait() == 4);
    CHECK(count(relay.output(), "secret") == 0);
}

TEST_CASE("a relay that moves once moves what is there and ends") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    enqueue(shop, 2500);
    process relay{relay_between(shop, queue, {"--once"})};
    CHECK(relay.wait() == 0);
    CHECK(queue.number(jobs) == 2500);
    process again{relay_between(shop, queue, {"--once"})};
    CHECK(again.wait() == 0);
    CHECK(queue.number(jobs) == 2500);
}

TEST_CASE("a relay that moves once beside an active one ends when that one has moved everything") {
    database db;
    process active_one{relay_on(db)};
    db.wait_until(active, "1");
    enqueue(db, 10);
    process once{relay_on(db, {"--once"})};
    CHECK(once.wait() == 0);
    CHECK(db.number(jobs) == 10);
}

TEST_CASE("a relay that moves once gives up where the active one moves nothing") {
    database db;
    pqxx::connection hangs{db.url()};
    pqxx::nontransaction{hangs}.exec("select pg_advisory_lock(hashtextextended('txq-relay', 0))");
    enqueue(db, 1);
    process once{relay_on(db, {"--once", "--give-up-after", "2s"})};
    CHECK(once.wait() == 6);
    CHECK(db.number(jobs) == 0);
}

TEST_CASE("a standby takes over from an active relay that is killed") {
    database db;
    process first{relay_on(db)};
    wait_for_output(first, "active: moving jobs");
    process second{relay_on(db)};
    wait_for_output(second, "standing by");
    enqueue(db, 1);
    db.wait_until(jobs, "1");
    first.send(SIGKILL);
    wait_for_output(second, "active: moving jobs");
    enqueue(db, 1);
    db.wait_until(jobs, "2");
    second.send(SIGTERM);
    CHECK(second.wait() == 0);
}

TEST_CASE("a standby that is told to stop ends cleanly") {
    database db;
    process first{relay_on(db)};
    wait_for_output(first, "active: moving jobs");
    process second{relay_on(db)};
    wait_for_output(second, "standing by");
    second.send(SIGTERM);
    CHECK(second.wait() == 0);
    CHECK(first.running());
}

TEST_CASE("a relay whose connections are lost goes on and says so once each") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    process relay{relay_between(shop, queue)};
    enqueue(shop, 1);
    queue.wait_until(jobs, "1");
    auto const terminate = "select pg_terminate_backend(pid) from pg_stat_activity "
                           "where datname = current_database() and application_name = 'txq-relay'";
    int moved = 1;
    for (auto* const one : {&shop, &queue}) {
        one->query(terminate);
        enqueue(shop, 5);
        moved += 5;
        queue.wait_until(jobs, std::to_string(moved));
    }
    relay.send(SIGTERM);
    CHECK(relay.wait() == 0);
    CHECK(count(relay.output(), "trying again until it can") == 2);
    CHECK(count(relay.output(), "the databases are back") == 2);
}

TEST_CASE("a relay whose queue takes no jobs says so once and tries less and less often") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    queue.query("alter table txq.jobs rename to jobs_away");
    enqueue(shop, 20);
    process relay{relay_between(shop, queue, {"--log-level", "debug"})};
    wait_for_output(relay, "tries=5");
    CHECK(count(relay.output(), " warning ") == 1);
    CHECK(count(relay.output(), "the databases are back") == 0);
    queue.query("alter table txq.jobs_away rename to jobs");
    queue.wait_until(jobs, "20");
    wait_for_output(relay, "the databases are back");
}

TEST_CASE("a relay logs one JSON object a line") {
    database db;
    process relay{relay_on(db, {"--once", "--log-format", "json", "--log-level", "debug"})};
    CHECK(relay.wait() == 0);
    std::istringstream lines{relay.output()};
    int number = 0;
    for (std::string line; std::getline(lines, line); ++number) CHECK(nlohmann::json::parse(line).contains("event"));
    CHECK(number >= 2);
}

TEST_CASE("relays that are killed again and again under load lose and repeat nothing") {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};
    shop.query("create table ledger (id uuid)");
    auto const produce = [&](std::stop_token const& stop, unsigned seed) {
        std::minstd_rand random{seed};
        pqxx::connection connection{shop.url()};
        while (!stop.stop_requested()) {
            pqxx::work tx{connection};
            tx.exec("insert into ledger select txq.enqueue('x', '{}') from generate_series(1, " +
                    std::to_string(random() % 20) + ")");
            if (random() % 5 != 0) tx.commit();
        }
    };
    {
        std::vector<std::jthread> producers;
        for (unsigned seed = 1; seed <= 2; ++seed) producers.emplace_back(produce, seed);
        auto const start = [&] {
            return std::make_unique<process>(relay_between(shop, queue, {"--batch", "20", "--rotate-interval", "5ms"}));
        };
        auto first = start();
        auto second = start();
        for (int kills = 0; kills < 8; ++kills) {
            auto const before = queue.value("select coalesce(max(batch), 0) from txq.relay_batches");
            queue.wait_until("select coalesce(max(batch), 0) > " + before + " + 5 from txq.relay_batches", "t");
            first->send(SIGKILL);
            first = start();
            std::swap(first, second);
        }
        producers.clear();
        queue.wait_until("select count(*) from txq.jobs", shop.value("select count(*) from ledger"));
    }
    std::vector<std::string> enqueued;
    for (auto const& row : shop.query("select id from ledger order by id")) enqueued.emplace_back(row[0].c_str());
    std::vector<std::string> moved;
    for (auto const& row : queue.query("select id from txq.jobs order by id")) moved.emplace_back(row[0].c_str());
    CHECK(moved == enqueued);
    CHECK(moved.size() > 100);
}
