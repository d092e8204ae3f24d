// Every order in which three transactions can begin, enqueue and end, with the relay at work between any two actions.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/relay.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <map>

using namespace txq;
using namespace txq::test;

namespace {

constexpr int transactions = 3;
constexpr int jobs_each = 2;

/// Which transaction acts at each point in time.
using schedule = std::vector<int>;

/// Of schedules that differ in the transactions' names only, one is enough: they appear in order.
bool named_in_order(schedule const& one) {
    auto const first = [&](int transaction) { return std::ranges::find(one, transaction); };
    return first(0) < first(1) && first(1) < first(2);
}

std::vector<schedule> all_schedules(std::size_t actions_each) {
    schedule next;
    for (int i = 0; i < transactions; ++i) next.insert(next.end(), actions_each, i);
    std::vector<schedule> all;
    do {
        if (named_in_order(next)) all.push_back(next);
    } while (std::ranges::next_permutation(next).found);
    return all;
}

/// What an application's transaction does, one after the other.
using actions = std::vector<std::string>;

std::string enqueue_as(std::string const& kind) {
    return "select txq.enqueue('" + kind + "', '{}') from generate_series(1, " + std::to_string(jobs_each) + ")";
}

actions enqueue_and_end(std::string const& kind, bool commits) {
    return {"begin; " + enqueue_as(kind), commits ? "commit" : "rollback"};
}

actions begin_enqueue_and_end(std::string const& kind, bool commits) {
    return {"begin; select pg_current_xact_id()", enqueue_as(kind), commits ? "commit" : "rollback"};
}

using transaction_kind = actions (*)(std::string const& kind, bool commits);

/// A bit for each transaction that commits.
constexpr int all_commit = (1 << transactions) - 1;

class exploration {
  public:
    explicit exploration(database& db) : db_{db} {
        for (auto& one : producers_) {
            one = std::make_unique<pqxx::connection>(db.url());
            pqxx::nontransaction{*one}.exec("set synchronous_commit = off");
        }
    }

    /// Every schedule with every outcome; `step` after each action.
    void run_all(transaction_kind transaction, std::function<void()> const& step) {
        for (auto const& order : all_schedules(transaction("", true).size()))
            for (int outcomes = 0; outcomes <= all_commit; ++outcomes) run_one(order, outcomes, transaction, step);
    }

    /// Every schedule with all transactions committed, and with one of the other outcomes in turn.
    void run_most(transaction_kind transaction, std::function<void()> const& step) {
        int number = 0;
        for (auto const& order : all_schedules(transaction("", true).size())) {
            run_one(order, all_commit, transaction, step);
            run_one(order, number++ % all_commit, transaction, step);
        }
    }

    /// Compares the queue with what was committed.
    void check() {
        std::map<std::string, int> moved;
        for (auto const& row : db_.query("select kind, count(*) as jobs from txq.jobs group by kind"))
            moved[row["kind"].as<std::string>()] = row["jobs"].as<int>();
        CHECK(moved.size() == committed_.size());
        for (auto const& [kind, jobs] : committed_)
            if (moved[kind] != jobs) FAIL_CHECK(kind << " was moved " << moved[kind] << " times instead of " << jobs);
        CHECK(moved == committed_);
    }

  private:
    void run_one(schedule const& order, int outcomes, transaction_kind transaction, std::function<void()> const& step) {
        std::string name;
        for (auto const who : order) name += std::to_string(who);
        std::array<actions, transactions> to_do;
        for (int i = 0; i < transactions; ++i) {
            bool const commits = outcomes >> i & 1;
            auto const kind = name + ' ' + std::to_string(outcomes) + ' ' + std::to_string(i);
            to_do[static_cast<std::size_t>(i)] = transaction(kind, commits);
            if (commits) committed_[kind] = jobs_each;
        }
        std::array<std::size_t, transactions> done{};
        for (auto const who : order) {
            auto const index = static_cast<std::size_t>(who);
            pqxx::nontransaction{*producers_[index]}.exec(to_do[index][done[index]++]);
            step();
        }
    }

    database& db_;
    std::array<std::unique_ptr<pqxx::connection>, transactions> producers_;
    std::map<std::string, int> committed_;
};

} // namespace

TEST_CASE("there are as many schedules as there must be") {
    CHECK(all_schedules(2).size() == 15);  // 6! / 2!^3 / 3!
    CHECK(all_schedules(3).size() == 280); // 9! / 3!^3 / 3!
}

TEST_CASE("whatever the order of commits every job is moved once and none that was rolled back") {
    database db;
    relay_by_hand relay{db};
    exploration all{db};
    all.run_most(begin_enqueue_and_end, [&] { relay.step(); });
    relay.move_all();
    all.check();
}

TEST_CASE("the same with a relay that looks now and then and whose batches end within transactions") {
    database db;
    relay_by_hand relay{db, {.rows = 3}};
    exploration all{db};
    int number = 0;
    all.run_all(enqueue_and_end, [&] {
        if (++number * 7 % 5 < 2) relay.step();
    });
    relay.move_all();
    all.check();
}

TEST_CASE("the same with a relay that is replaced after every step") {
    database db;
    relay_by_hand relay{db};
    exploration all{db};
    all.run_all(enqueue_and_end, [&] {
        relay::mover next{relay.from, relay.to, {.rows = 3}};
        next.begin();
        if (next.anything()) next.move();
    });
    relay_by_hand{db}.move_all();
    all.check();
}

TEST_CASE("the same while the ring turns at every step") {
    database db;
    relay_by_hand relay{db, {.rows = 1}};
    exploration all{db};
    all.run_all(enqueue_and_end, [&] {
        relay.step();
        relay.jobs.tidy();
    });
    relay.move_all();
    all.check();
}
