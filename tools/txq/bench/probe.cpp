#include "probe.hpp"

#include <txq/detail/embedded.hpp>
#include <txq/embedded_bench.hpp>

#include "names.hpp"
#include "tally.hpp"

namespace txq::bench {

namespace {

/// Gone with the transaction: the lease of a worker that stays would be waited for by those who claim what has been
/// locked and not run.
std::int64_t register_worker(session& database, pqxx::work& tx) {
    auto const queues = pq::array(std::vector{queue});
    return database.run(tx, txq::sql::register_worker, pq::params{"txq-bench", 1'000, queues, "{}"})[0]["id"]
        .as<std::int64_t>();
}

} // namespace

probe::probe(bench& with) : database_{with.where().connect()} {
    // prepares it, and claims nothing
    database_.run(txq::sql::lock_jobs, pq::params{0, queue, pq::array(std::vector{plain_kind}), 0, "{0,0,0,0}"});
}

probe::cost probe::claim(int jobs, std::int64_t floor) {
    pqxx::work tx{database_.connection()};
    auto const worker = register_worker(database_, tx);
    auto const row = database_.run(tx, sql::probe_claim, pq::params{worker, queue, plain_kind, jobs, floor})[0];
    cost const result{.milliseconds = row["milliseconds"].as<double>(),
                      .buffers = row["buffers"].as<double>(),
                      .jobs = row["jobs"].as<double>()};
    tx.abort();
    return result;
}

std::int64_t probe::last_place() { return database_.run(sql::last_seq)[0]["seq"].as<std::int64_t>(); }

void add_claim_costs(bench& with, int jobs, measured& to) {
    constexpr int claims = 20;
    probe claim{with};
    std::vector<double> milliseconds;
    std::vector<double> buffers;
    for (int i = 0; i < claims; ++i) {
        auto const cost = claim.claim(jobs, 0);
        milliseconds.push_back(cost.milliseconds);
        buffers.push_back(cost.buffers);
    }
    to.more["claim " + std::to_string(jobs) + ": ms"] = spread_of(milliseconds).median;
    to.more["claim " + std::to_string(jobs) + ": buffers"] = spread_of(buffers).median;
}

} // namespace txq::bench
