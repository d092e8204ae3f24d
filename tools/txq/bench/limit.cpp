#include "limit.hpp"

#include <memory>
#include <thread>

#include <txq/detail/embedded.hpp>
#include <txq/embedded_bench.hpp>

#include "gauge.hpp"
#include "load.hpp"
#include "names.hpp"

namespace txq::bench::limit {

namespace {

/// Each in a thread and with a session of its own.
void in_sessions(bench& with, int number, std::function<void(session&)> const& each) {
    std::vector<std::unique_ptr<session>> sessions;
    for (int i = 0; i < number; ++i) sessions.emplace_back(new session(with.where().connect()));
    std::vector<std::exception_ptr> failures(sessions.size());
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < sessions.size(); ++i)
        threads.emplace_back([&, i] {
            try {
                each(*sessions[i]);
            } catch (...) { failures[i] = std::current_exception(); }
        });
    threads.clear();
    for (auto const& failed : failures)
        if (failed) std::rethrow_exception(failed);
}

measured measure(bench& with, std::int64_t number, int sessions, std::function<void(session&)> const& each) {
    std::vector<child> nobody;
    gauge costs{with.where(), nobody};
    costs.begin();
    in_sessions(with, sessions, each);
    costs.end();
    return costs.result(static_cast<double>(number) / costs.seconds(), number);
}

} // namespace

measured drain(bench& with, std::int64_t jobs, int sessions) {
    auto const each = [](session& database) {
        auto const worker =
            database.run(txq::sql::register_worker, pq::params{"txq-bench", 3'600'000, pq::array(std::vector{queue}),
                                                               pq::array(std::vector{plain_kind})})[0]["id"];
        database.run(sql::limit_drain, pq::params{worker.as<std::int64_t>(), queue, plain_kind, 1000});
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
