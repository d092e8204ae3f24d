#include "enqueue.hpp"

#include <algorithm>
#include <map>

#include <txq/embedded_bench.hpp>
#include <txq/enqueue.hpp>

#include "crowd.hpp"
#include "gauge.hpp"
#include "limit.hpp"
#include "load.hpp"
#include "names.hpp"

namespace txq::bench {

namespace {

constexpr int bulk = 1000;

/// One transaction of an application.
using transaction = std::function<void(session&, std::string const& payload)>;

void insert_order(pqxx::transaction_base& tx) { pq::exec(tx, sql::insert_order, pq::params{42}); }

void order_alone(session& database, std::string const&) {
    pqxx::nontransaction tx{database.connection()};
    insert_order(tx);
}

void order_and_job_at_once(session& database, std::string const& payload) {
    pqxx::nontransaction tx{database.connection()};
    pq::exec(tx, sql::insert_order_with_job, pq::params{42, plain_kind, payload, queue});
}

void prepared_order(session& database, std::string const&) { database.run(sql::insert_order, pq::params{42}); }

void prepared_order_and_job(session& database, std::string const& payload) {
    database.run(sql::insert_order_and_job, pq::params{42, plain_kind, payload, queue});
}

/// BEGIN, the order, something else, COMMIT, the order being prepared.
template <typename Something>
transaction prepared_order_and(Something else_) {
    return [else_](session& database, std::string const& payload) {
        pqxx::work tx{database.connection()};
        database.run(tx, sql::insert_order, pq::params{42});
        else_(tx, payload);
        tx.commit();
    };
}

/// BEGIN, the order, something else, COMMIT.
template <typename Something>
transaction order_and(Something else_) {
    return [else_](session& database, std::string const& payload) {
        pqxx::work tx{database.connection()};
        insert_order(tx);
        else_(tx, payload);
        tx.commit();
    };
}

void enqueue_in_cpp(pqxx::transaction_base& tx, std::string const& payload) {
    enqueue(tx, plain_kind, payload, {.queue = queue});
}

void enqueue_prepared(pqxx::transaction_base& tx, std::string const& payload) {
    enqueue(prepared(tx), plain_kind, payload, {.queue = queue});
}

void enqueue_in_sql(pqxx::transaction_base& tx, std::string const& payload) {
    pq::exec(tx, sql::enqueue_in_sql, pq::params{plain_kind, payload, queue});
}

void enqueue_in_bulk(session& database, std::string const& payload) {
    std::vector<new_job> const jobs(bulk, new_job{.payload = payload});
    pqxx::work tx{database.connection()};
    enqueue_many(tx, plain_kind, jobs, {.queue = queue});
    tx.commit();
}

struct variant {
    char const* name;
    transaction what;
    char const* compared_with = nullptr; ///< the same without a job
    bool has_job = false;
    int jobs = 1;                                 ///< or orders: what is counted per transaction
    void (*at_first)(session&) = [](session&) {}; ///< for each connection
};

std::vector<variant> variants() {
    return {{"order", order_alone},
            {"order and job, one statement", order_and_job_at_once, "order", true},
            {"BEGIN, order, COMMIT", order_and([](auto&, auto&) {})},
            {"... and txq::enqueue (C++)", order_and(enqueue_in_cpp), "BEGIN, order, COMMIT", true},
            {"... and txq.enqueue (SQL)", order_and(enqueue_in_sql), "BEGIN, order, COMMIT", true},
            {"... and NOTIFY instead", order_and([](auto& tx, auto&) { pq::exec(tx, sql::notify, {}); }),
             "BEGIN, order, COMMIT"},
            {"order, prepared", prepared_order},
            {"order and job, one statement, prepared", prepared_order_and_job, "order, prepared", true},
            {"BEGIN, order, COMMIT, prepared", prepared_order_and([](auto&, auto&) {})},
            {"... and txq::enqueue (C++), prepared", prepared_order_and(enqueue_prepared),
             "BEGIN, order, COMMIT, prepared", true, 1,
             [](session& database) { prepare_enqueue(database.connection()); }},
            {"1,000 jobs, enqueue_many", enqueue_in_bulk, nullptr, true, bulk}};
}

/// Lets all connections do it for a while. Returns how many were done.
std::int64_t run_for(bench& with, crowd& all, variant const& which, std::string const& payload,
                     std::chrono::milliseconds time) {
    std::atomic<std::int64_t> done{0};
    auto const until = std::chrono::steady_clock::now() + time;
    all.run([&](session& database) {
        while (std::chrono::steady_clock::now() < until && !with.stop_requested()) {
            which.what(database, payload);
            done += which.jobs;
        }
    });
    return done;
}

/// The tables have to have what was done.
void check_counts(bench& with, variant const& which, std::int64_t done) {
    auto const row = with.where().database().run(sql::written)[0];
    auto const orders = which.jobs == 1 ? done : 0;
    auto const jobs = which.has_job ? done : 0;
    if (row["orders"].as<std::int64_t>() == orders && row["jobs"].as<std::int64_t>() == jobs) return;
    throw std::runtime_error{"the counts are wrong, so this measures nothing: " + std::to_string(done) +
                             " were done, but there are " + row["orders"].c_str() + " orders and " +
                             row["jobs"].c_str() + " jobs"};
}

measured measure_variant(bench& with, enqueueing const& how, int connections, variant const& which) {
    with.where().reset();
    crowd all{with, connections};
    all.run(which.at_first);
    auto const payload = payload_of(1, how.payload_bytes);
    auto const warm_up = run_for(with, all, which, payload, how.time / 4);
    std::vector<child> nobody;
    gauge costs{with.where(), nobody};
    costs.begin();
    auto const done = run_for(with, all, which, payload, how.time);
    costs.end();
    check_counts(with, which, warm_up + done);
    return costs.result(static_cast<double>(done) / costs.seconds(), done);
}

/// As many transactions as take about a second.
constexpr int limit_transactions = 20'000;

struct row {
    variant how;
    int connections;
    cell measured_;
};

/// What the same transaction without a job has reached in the same run.
void compare(std::vector<row>& rows) {
    for (auto& one : rows) {
        if (!one.how.compared_with) continue;
        auto const without = std::ranges::find_if(rows, [&](row const& other) {
            return other.connections == one.connections && std::string_view{other.how.name} == one.how.compared_with;
        });
        for (std::size_t i = 0; i < one.measured_.runs.size(); ++i)
            one.measured_.runs[i].more["% of without"] =
                one.measured_.runs[i].rate * 100 / without->measured_.runs[i].rate;
    }
}

} // namespace

std::vector<cell> measure_enqueue(bench& with, enqueueing const& how) {
    std::vector<row> rows;
    std::vector<cell> limits;
    for (auto const connections : how.connections) {
        auto const number = std::to_string(connections);
        for (auto const& one : variants())
            rows.push_back({one, connections, {.labels = {{"transaction", one.name}, {"connections", number}}}});
        for (auto const* name : {"order, in the server", "order and job, in the server"})
            limits.push_back({.labels = {{"transaction", name}, {"connections", number}}});
    }
    for (int run = 1; run <= how.runs; ++run) {
        for (auto& one : rows) {
            with.show("enqueue: " + std::string{one.how.name} + ", " + std::to_string(one.connections) +
                      " connections, run " + std::to_string(run));
            one.measured_.runs.push_back(measure_variant(with, how, one.connections, one.how));
        }
        for (std::size_t i = 0; i < limits.size(); ++i) {
            with.where().reset();
            limits[i].runs.push_back(limit::enqueue(with, how.connections[i / 2], limit_transactions, i % 2 == 1));
        }
    }
    compare(rows);
    std::vector<cell> cells;
    for (auto& one : rows) cells.push_back(std::move(one.measured_));
    cells.insert(cells.end(), limits.begin(), limits.end());
    return cells;
}

} // namespace txq::bench
