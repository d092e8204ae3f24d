#include "probe.hpp"

#include <txq/detail/embedded.hpp>
#include <txq/embedded_bench.hpp>

#include "names.hpp"
#include "tally.hpp"

namespace txq::bench {

probe::probe(bench& with)
    : database_{with.where().connect()},
      worker_{database_
                  .run(txq::sql::register_worker,
                       pq::params{"txq-bench", 3'600'000, pq::array(std::vector{queue}), "{}"})[0]["id"]
                  .as<std::int64_t>()} {
    // prepares it, and claims nothing
    database_.run(txq::sql::lock_jobs, pq::params{worker_, queue, pq::array(std::vector{plain_kind}), 0, "{0,0,0,0}"});
}

probe::cost probe::claim(int jobs, std::int64_t floor) {
    pqxx::work tx{database_.connection()};
    auto const row = database_.run(tx, sql::probe_claim, pq::params{worker_, queue, plain_kind, jobs, floor})[0];
    cost const result{.milliseconds = row["milliseconds"].as<double>(),
                      .buffers = row["buffers"].as<double>(),
                      .jobs = row["jobs"].as<double>()};
    tx.abort();
    return result;
}

std::int64_t probe::last_place() { return database_.run(sql::last_seq)[0]["seq"].as<std::int64_t>(); }

} // namespace txq::bench
