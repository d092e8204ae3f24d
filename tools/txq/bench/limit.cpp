#include "limit.hpp"

#include <txq/detail/embedded.hpp>
#include <txq/embedded_bench.hpp>

#include "crowd.hpp"
#include "gauge.hpp"
#include "load.hpp"
#include "names.hpp"

namespace txq::bench::limit {

namespace {

/// As claim_loop::largest_batch.
constexpr int batch_of_worker = 500;

measured measure(bench& with, std::int64_t number, int sessions, std::function<void(session&)> const& each) {
    crowd all{with, sessions};
    std::vector<child> nobody;
    gauge costs{with.where(), nobody};
    costs.begin();
    all.run(each);
    costs.end();
    return costs.result(static_cast<double>(number) / costs.seconds(), number);
}

} // namespace

measured drain(bench& with, std::int64_t jobs, int sessions, claims how) {
    auto const each = [how](session& database) {
        pq::params const as_worker{"txq-bench", 3'600'000, pq::array(std::vector{queue}),
                                   pq::array(std::vector{plain_kind})};
        auto const worker = database.run(txq::sql::register_worker, as_worker)[0]["id"].as<std::int64_t>();
        database.run(sql::limit_drain, pq::params{worker, queue, plain_kind, batch_of_worker, how == claims::locked});
    };
    return measure(with, jobs, sessions, each);
}

measured relay(bench& with, std::int64_t jobs) {
    return measure(with, jobs, 1, [](session& database) { database.run(sql::limit_relay, pq::params{1000}); });
}

measured enqueue(bench& with, int sessions, std::int64_t transactions, bool with_job) {
    auto const each = [&](session& database) {
        database.run(sql::limit_enqueue,
                     pq::params{transactions / sessions, with_job, queue, plain_kind, payload_of(1, 60)});
    };
    return measure(with, transactions, sessions, each);
}

} // namespace txq::bench::limit
