// txq-chaos-producer: an application that enqueues in every way there is, and keeps a ledger of what it has committed.

#include <atomic>
#include <csignal>
#include <iostream>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>

#include <txq/detail/pq.hpp>
#include <txq/enqueue.hpp>

#include "history.hpp"
#include "kinds.hpp"
#include "random.hpp"

using namespace std::chrono_literals;

namespace txq::chaos {

namespace {

std::atomic<bool> stopping{false};

/// What a producer enqueues and how.
struct job_draft {
    kind const* what;
    int number;
    std::chrono::milliseconds delay{0};
    std::string operation{};
    std::string queue = "default";
    std::string order_key{};
    int place = 0; ///< in its order
    std::string unique_key{};
    std::size_t padding = 0;
    int priority = 2;
    bool in_sql = false;

    std::string payload() const {
        return "{\"n\": " + std::to_string(number) + ", \"key\": \"" + unique_key + "\", \"pad\": \"" +
               std::string(padding, 'x') + "\"}";
    }
};

/// A queue that is nearly all plain jobs is claimed by locks, with some of those among them that go wrong.
bool is_for_locks(kind const& what, random& numbers) {
    return what.fits_locks() && numbers.in_thousand(what.name == "plain" ? 800 : 150);
}

/// A queue with a limit has both, quick ones and those that take a while.
bool is_for_limit(kind const& what, random& numbers) {
    return numbers.in_thousand(what.name == "capped" ? 500 : what.name == "plain" ? 50 : 0);
}

class producer {
  public:
    /// `name`: no other producer has it, nor one that was in its place before.
    producer(std::string database, std::string const& file, std::string name, std::uint64_t seed, int pause_ms)
        : database_{std::move(database)},
          where_{file},
          numbers_{random{seed}.fork(number_of(name))},
          name_{std::move(name)},
          pause_ms_{pause_ms} {}

    void run() {
        while (!stopping) {
            try {
                pqxx::connection first{database_};
                pqxx::connection second{database_};
                pq::never_reconnect(first);
                pq::never_reconnect(second);
                for (healthy_ = true; healthy_ && !stopping;) {
                    produce(first, second);
                    std::this_thread::sleep_for(std::chrono::milliseconds{numbers_.below(2 * pause_ms_ + 1)});
                }
            } catch (pqxx::failure const& failed) { fail("connecting", failed); }
            std::this_thread::sleep_for(std::chrono::milliseconds{numbers_.between(10, 200)});
        }
    }

  private:
    using transaction = pqxx::work;

    static std::uint64_t number_of(std::string const& name) {
        std::uint64_t number = 0;
        for (auto const letter : name) number = number * 131 + static_cast<unsigned char>(letter);
        return number;
    }

    void produce(pqxx::connection& first, pqxx::connection& second) {
        auto const way = numbers_.below(1000);
        if (way < 100) return enqueue_in_order(first);
        if (way < 150) return in_transaction(first, "single", [this](auto& tx) { enqueue_singles(tx); });
        if (way < 450) return in_transaction(first, "usual", [this](auto& tx) { enqueue_some(tx); });
        if (way < 600)
            return in_transaction(first, "asynchronous", [this](auto& tx) {
                tx.exec("set local synchronous_commit = off");
                enqueue_some(tx);
            });
        if (way < 680) return roll_back(first);
        if (way < 760) return in_transaction(first, "savepoints", [this](auto& tx) { use_savepoints(tx); });
        if (way < 860) return overlap(first, second);
        if (way < 865)
            return in_transaction(
                first, "many", [this](auto& tx) { enqueue_many(tx, "plain", "default", numbers_.between(200, 800)); });
        if (way < 880)
            return in_transaction(first, "burst", [this](auto& tx) {
                enqueue_many(tx, "bursting", "bursts", numbers_.between(100, 300));
            });
        if (way < 960) return repeat(first);
        prepare(first);
    }

    /// Runs it in a transaction, and writes down what became of that.
    template <typename Body>
    void in_transaction(pqxx::connection& on, char const* how, Body body) {
        try {
            transaction tx{on};
            body(tx);
            auto const committing = now_us();
            tx.commit();
            where_.write({{"e", "committed"}, {"how", how}, {"us", now_us() - committing}});
        } catch (pqxx::failure const& failed) { fail(how, failed); }
    }

    void fail(char const* how, pqxx::failure const& failed) {
        auto const doubt = dynamic_cast<pqxx::in_doubt_error const*>(&failed) != nullptr;
        auto const lost = dynamic_cast<pqxx::broken_connection const*>(&failed) != nullptr;
        where_.write({{"e", doubt  ? "in doubt"
                            : lost ? "lost"
                                   : "failed"},
                      {"how", how},
                      {"state", pq::sqlstate(failed)},
                      {"why", failed.what()}});
        healthy_ = false;
    }

    void enqueue_some(transaction& tx) {
        for (int i = numbers_.between(1, 4); i > 0; --i) {
            auto const one = draft();
            // or there are never more than the limit allows
            for (int j = one.what->name == "capped" ? 5 : 1; j > 0; --j) enqueue(tx, one);
        }
    }

    /// Its jobs must never be seen again.
    void roll_back(pqxx::connection& on) {
        try {
            transaction tx{on};
            enqueue_some(tx);
            tx.abort();
            where_.write({{"e", "rolled back"}});
        } catch (pqxx::failure const& failed) { fail("rolled back", failed); }
    }

    void use_savepoints(transaction& tx) {
        enqueue(tx, draft());
        {
            pqxx::subtransaction inner{tx, "dropped"};
            enqueue(inner, draft());
            inner.abort();
        }
        pqxx::subtransaction inner{tx, "kept"};
        enqueue(inner, draft());
        inner.commit();
    }

    /// The second transaction begins later and commits earlier.
    void overlap(pqxx::connection& first, pqxx::connection& second) {
        in_transaction(first, "overlapped", [&](auto& tx) {
            enqueue_some(tx);
            for (int i = numbers_.between(1, 3); i > 0; --i)
                in_transaction(second, "overlapping", [this](auto& other) { enqueue_some(other); });
            std::this_thread::sleep_for(std::chrono::milliseconds{numbers_.below(300)});
        });
    }

    /// One transaction after the other has jobs of the same few keys. What became of one that failed is not known, so
    /// there are others from then on.
    void enqueue_in_order(pqxx::connection& on) {
        auto const key = numbers_.below(3);
        in_transaction(on, "ordered", [&](auto& tx) {
            for (int i = numbers_.between(1, 3); i > 0; --i) {
                auto one = draft();
                one.what = find_kind("ordered");
                one.queue = "default";
                one.delay = std::chrono::milliseconds{0};
                one.order_key = name_ + ' ' + std::to_string(lives_) + ' ' + std::to_string(key);
                one.place = ++placed_;
                enqueue(tx, one);
            }
        });
        if (!healthy_) ++lives_;
    }

    /// All producers have the same few keys.
    void enqueue_singles(transaction& tx) {
        for (int i = numbers_.between(1, 3); i > 0; --i) {
            auto one = draft();
            one.what = find_kind("single");
            one.queue = "default";
            one.unique_key = "key " + std::to_string(numbers_.below(3));
            enqueue(tx, one);
        }
    }

    static void enqueue_many(transaction& tx, std::string const& kind, std::string const& queue, int count) {
        std::vector<new_job> const jobs(static_cast<std::size_t>(count), {.payload = R"({"n": 1})"});
        std::string rows;
        for (auto const& id : txq::enqueue_many(tx, kind, jobs, {.queue = queue, .max_attempts = many_attempts}))
            rows += (rows.empty() ? "('" : ", ('") + id.str() + "', '" + id.str() + "', '" + kind + "')";
        tx.exec("insert into chaos.ledger (job, operation, kind) values " + rows);
    }

    /// An application that was not told what became of its COMMIT, and does it again; it may have been told, too.
    void repeat(pqxx::connection& on) {
        auto one = draft();
        one.operation = name_ + ' ' + std::to_string(++named_);
        in_transaction(on, "repeated", [&](auto& tx) { enqueue(tx, one); });
        if (numbers_.in_thousand(500)) std::this_thread::sleep_for(std::chrono::milliseconds{numbers_.below(800)});
        if (healthy_) in_transaction(on, "repeated", [&](auto& tx) { enqueue(tx, one); });
    }

    /// Committed later, by whoever is there then.
    void prepare(pqxx::connection& on) {
        try {
            auto const name = "chaos " + name_ + ' ' + std::to_string(++prepared_);
            {
                pqxx::nontransaction tx{on};
                tx.exec("begin");
                enqueue(tx, draft());
                tx.exec("prepare transaction '" + name + "'");
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{numbers_.below(200)});
            pqxx::nontransaction{on}.exec("commit prepared '" + name + "'");
            where_.write({{"e", "committed"}, {"how", "prepared"}});
        } catch (pqxx::failure const& failed) { fail("prepared", failed); }
    }

    job_draft draft() {
        job_draft one{.what = &kinds[0], .number = numbers_.below(1000)};
        auto left = numbers_.below(10000);
        for (auto const& each : kinds) {
            one.what = &each;
            if ((left -= each.weight) < 0) break;
        }
        if (numbers_.in_thousand(80)) one.delay = std::chrono::milliseconds{numbers_.between(100, 3000)};
        if (numbers_.in_thousand(5)) one.padding = static_cast<std::size_t>(numbers_.between(10'000, 200'000));
        if (numbers_.in_thousand(100)) one.priority = numbers_.below(4);
        one.in_sql = numbers_.in_thousand(300);
        if (is_for_locks(*one.what, numbers_)) one.queue = "quick";
        if (is_for_limit(*one.what, numbers_)) one.queue = "narrow";
        return one;
    }

    void enqueue(pqxx::transaction_base& tx, job_draft const& one) {
        auto const id = one.in_sql ? enqueue_in_sql(tx, one) : enqueue_in_cpp(tx, one);
        auto const order = one.order_key.empty() ? std::string{"null, null"}
                                                 : tx.quote(one.order_key) + ", " + std::to_string(one.place);
        tx.exec("insert into chaos.ledger (job, operation, kind, run_at, order_key, place) select id, "
                "coalesce(operation_id, id), kind, "
                "run_at, " +
                order + " from txq.outbox where txid = pg_current_xact_id() and id = " + tx.quote(id));
    }

    static std::string enqueue_in_cpp(pqxx::transaction_base& tx, job_draft const& one) {
        enqueue_options options;
        options.delay = one.delay;
        options.max_attempts = one.what->max_attempts;
        options.operation_id = one.operation;
        options.priority = one.priority;
        options.queue = one.queue;
        options.order_key = one.order_key;
        options.order_holds = false;
        if (!one.unique_key.empty())
            options.unique = txq::unique{.key = one.unique_key, .states = {unique::waiting, unique::running}};
        return txq::enqueue(tx, one.what->name, one.payload(), options).str();
    }

    static std::string enqueue_in_sql(pqxx::transaction_base& tx, job_draft const& one) {
        auto const operation = one.operation.empty() ? std::string{"null"} : tx.quote(one.operation);
        return tx
            .exec("select txq.enqueue(" + tx.quote(std::string{one.what->name}) + ", " + tx.quote(one.payload()) +
                  ", delay => interval '" + std::to_string(one.delay.count()) + " ms', max_attempts => " +
                  std::to_string(one.what->max_attempts) + ", priority => " + std::to_string(one.priority) +
                  ", queue => " + tx.quote(one.queue) +
                  (one.order_key.empty() ? "" : ", order_holds => false, order_key => " + tx.quote(one.order_key)) +
                  (one.unique_key.empty() ? "" : ", unique_by => " + tx.quote(unique_by(one))) + ", operation_id => " +
                  operation + ")")[0][0]
            .c_str();
    }

    static std::string unique_by(job_draft const& one) {
        return "{\"key\": \"" + one.unique_key + "\", \"states\": [\"waiting\", \"running\"]}";
    }

    std::string const database_;
    history where_;
    random numbers_;
    std::string const name_;
    int const pause_ms_;
    bool healthy_ = true;
    int named_ = 0;
    int prepared_ = 0;
    int lives_ = 0;  ///< of its order keys
    int placed_ = 0; ///< jobs in an order
};

} // namespace

} // namespace txq::chaos

int main(int argc, char** argv) {
    std::string database;
    std::string file;
    std::string name;
    std::uint64_t seed = 1;
    int pause_ms = 50;
    CLI::App app{"A producer for txq-chaos, until SIGTERM."};
    app.add_option("--database", database, "a libpq URI")->required();
    app.add_option("--history", file, "the file to append to")->required();
    app.add_option("--name", name, "one that nobody else has had")->required();
    app.add_option("--seed", seed, "where its numbers come from");
    app.add_option("--pause", pause_ms, "milliseconds between transactions, on average");
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGTERM, [](int) { txq::chaos::stopping = true; });
    try {
        txq::chaos::producer{database, file, name, seed, pause_ms}.run();
        return 0;
    } catch (std::exception const& failed) {
        std::cerr << "txq-chaos-producer: " << failed.what() << '\n';
        return 1;
    }
}
