#pragma once

#include <string>
#include <thread>

#include <relay/src/service.hpp>

#include <support/database.hpp>

namespace txq::test {

/// A relay that takes a step when it is told to. Destroyed, it is as one that was killed.
class relay_by_hand {
  public:
    explicit relay_by_hand(database& both, relay::read_limit limit = {}) : relay_by_hand{both, both, limit} {}
    relay_by_hand(database& outbox, database& queue, relay::read_limit limit = {},
                  relay::when_lost lost = relay::when_lost::stop)
        : from{connection_info::parse(outbox.url())},
          to{connection_info::parse(queue.url()), "test:1"},
          jobs{from, to, limit, lost} {
        jobs.begin();
    }

    /// What an awake relay does: looks, and moves a batch if there is anything. Returns how many jobs it moved.
    int step() { return jobs.anything() ? jobs.move().jobs : 0; }

    /// Moves what can be seen.
    int move_all() {
        int sum = 0;
        for (;;) {
            auto const one = jobs.move();
            sum += one.jobs;
            if (!one.more) return sum;
        }
    }

    relay::source from;
    relay::destination to;
    relay::mover jobs;
};

/// A relay on a thread of its own, stopped at the end of the test.
class running_relay {
  public:
    running_relay(database& outbox, database& queue, relay::settings how = {})
        : thread_{[how = between(outbox, queue, std::move(how))](std::stop_token const& stop) {
              relay::service{how, stop}.run();
          }} {}
    explicit running_relay(database& both, relay::settings how = {}) : running_relay{both, both, std::move(how)} {}

    void stop() { thread_ = {}; }

  private:
    static relay::settings between(database& outbox, database& queue, relay::settings how) {
        how.source = connection_info::parse(outbox.url());
        how.queue = connection_info::parse(queue.url());
        return how;
    }

    std::jthread thread_;
};

/// A transaction of an application's, on a connection of its own, rolled back unless it is told otherwise.
class transaction {
  public:
    explicit transaction(database& db) : connection_{db.url()}, tx_{connection_} {}

    void run(std::string const& sql) { tx_.exec(sql); }
    std::string id() { return tx_.exec("select pg_current_xact_id()")[0][0].c_str(); }
    /// Enqueues one job with this kind.
    void enqueue(std::string const& kind) { run("select txq.enqueue('" + kind + "', '{}')"); }
    void commit() { tx_.commit(); }
    void roll_back() { tx_.abort(); }

  private:
    pqxx::connection connection_;
    pqxx::work tx_;
};

/// A transaction that has enqueued a job of the kind "prepared", and that nobody but commit() ends.
class prepared_transaction {
  public:
    explicit prepared_transaction(database& db) : db_{db}, name_{"prepared_" + db.name()} {
        pqxx::connection connection{db.url()};
        pqxx::nontransaction tx{connection};
        tx.exec("begin");
        tx.exec("select txq.enqueue('prepared', '{}')");
        tx.exec("prepare transaction '" + name_ + "'");
    }

    void commit() { db_.query("commit prepared '" + name_ + "'"); }

  private:
    database& db_;
    std::string name_;
};

/// Enqueues jobs in one transaction, of the kinds `<kind>1` to `<kind>N`.
inline void enqueue(database& db, int count, std::string const& kind = "job") {
    db.query("select txq.enqueue('" + kind + "' || i, '{}') from generate_series(1, " + std::to_string(count) +
             ") as i");
}

/// The kinds of the jobs in the queue, in its order.
inline std::string moved_kinds(database& queue) {
    return queue.value("select coalesce(string_agg(kind, ' ' order by seq), '') from txq.jobs");
}

} // namespace txq::test
