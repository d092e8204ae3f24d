#include <txq/testing/drain.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>

namespace txq::testing {

std::vector<attempt_end> drain(pqxx::work& tx, registry handlers) {
    auto time = clock_of(tx);
    return inline_worker{std::move(handlers), tx, time}.run_all();
}

clock clock_of(pqxx::work& tx) {
    auto const row = pq::exec(tx, sql::read_time, pq::params{"now"})[0];
    return clock{clock::time_point{std::chrono::microseconds{row["epoch_us"].as<std::int64_t>()}}};
}

} // namespace txq::testing
