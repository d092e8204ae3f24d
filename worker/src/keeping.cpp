#include "keeping.hpp"

namespace txq {

namespace {

constexpr int days_ahead = 3;
constexpr int deleted_at_once = 1000;
constexpr int looked_at_once = 10'000;
constexpr int outcomes_deleted_at_once = 10'000;

worker_options keeping_all(worker_options options) {
    options.retention = std::chrono::hours{24 * 365 * 100};
    options.dead_retention = std::chrono::milliseconds{0};
    return options;
}

} // namespace

bool keeping::step(session& database, worker_options const& given) {
    auto const options = clocks_agree(database) ? given : keeping_all(given);
    auto const more_records = keep_records(database, options);
    auto const more_jobs = keep_ended_jobs(database, options);
    auto const more_attempts = keep_failed_attempts(database, options);
    auto const more_outcomes = keep_unique_outcomes(database, options);
    auto const more_keys = keep_unique_keys(database);
    auto const more_limit_keys = keep_limit_keys(database);
    return more_records || more_jobs || more_attempts || more_outcomes || more_keys || more_limit_keys;
}

bool keeping::clocks_agree(session& database) {
    return clocks_.agree(std::chrono::nanoseconds{database.run(sql::server_clock)[0]["epoch_ns"].as<std::int64_t>()});
}

bool keeping::keep_records(session& database, worker_options const& options) {
    auto const kept = database.run(sql::keep_processed_jobs, pq::params{options.retention.count(), days_ahead});
    return kept[0]["more"].as<bool>();
}

bool keeping::keep_ended_jobs(session& database, worker_options const& options) {
    auto const kept = database.run(
        sql::keep_ended_jobs, pq::params{options.retention.count(), options.dead_retention.count(), deleted_at_once});
    return kept[0]["deleted"].as<int>() >= deleted_at_once;
}

/// The errors of jobs that are dead for long stand in the way: where nothing can be deleted there is no hurry.
bool keeping::keep_failed_attempts(session& database, worker_options const& options) {
    pq::params with{options.retention.count()};
    if (looked_to_)
        with.add(looked_to_->job).add(looked_to_->fence);
    else
        with.add(std::nullopt).add(std::nullopt);
    auto const row = database.run(sql::keep_failed_attempts, with.add(looked_at_once))[0];
    looked_to_.reset();
    if (row["last_job_id"].is_null()) return false;
    looked_to_ = {row["last_job_id"].as<std::string>(), row["last_fence"].as<std::int64_t>()};
    return row["deleted"].as<int>() >= looked_at_once / 10;
}

bool keeping::keep_unique_outcomes(session& database, worker_options const& options) {
    auto const kept =
        database.run(sql::keep_unique_outcomes, pq::params{options.retention.count(), outcomes_deleted_at_once});
    return kept[0]["deleted"].as<int>() >= outcomes_deleted_at_once;
}

bool keeping::keep_unique_keys(session& database) {
    pq::params with;
    if (looked_to_key_)
        with.add(looked_to_key_->kind).add(looked_to_key_->key);
    else
        with.add(std::nullopt).add(std::nullopt);
    auto const row = database.run(sql::keep_unique_keys, with.add(looked_at_once))[0];
    looked_to_key_.reset();
    if (row["last_kind"].is_null()) return false;
    looked_to_key_ = {row["last_kind"].as<std::string>(), row["last_key"].as<std::string>()};
    return row["deleted"].as<int>() >= looked_at_once / 10;
}

bool keeping::keep_limit_keys(session& database) {
    return database.run(sql::keep_limit_keys, pq::params{looked_at_once})[0]["deleted"].as<int>() >= looked_at_once;
}

} // namespace txq
