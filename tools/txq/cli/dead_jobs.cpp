#include <txq/cli/dead_jobs.hpp>

#include <algorithm>

#include <txq/cli/output.hpp>

namespace txq::cli {

namespace {

constexpr std::int64_t look_at = 10'000;

} // namespace

std::int64_t for_dead_jobs(session& database, dead_filter const& filter, batch_action const& batch) {
    auto const& traits = filter.traits;
    std::int64_t done = 0;
    auto left = filter.limit;
    std::string after_time, after_id;
    do {
        auto const found = database.run(
            sql::find_dead_jobs,
            pq::params{pq::unless_empty(traits.queue), pq::unless_empty(traits.kind), filter.before,
                       pq::unless_empty(after_time), pq::unless_empty(after_id), look_at, std::min(filter.batch, left),
                       like_pattern(traits.error_type), pq::unless_empty(traits.tenant)})[0];
        auto const jobs = number(found, "jobs");
        if (jobs > 0) done += batch(text(found, "ids"), jobs);
        left -= jobs;
        after_time = text(found, "last_finished_at");
        after_id = text(found, "last_id");
    } while (left > 0 && !after_id.empty());
    return done;
}

std::string time_ago(session& database, std::chrono::milliseconds ago) {
    return text(database.run(sql::time_ago, pq::params{ago.count()})[0], "at");
}

} // namespace txq::cli
