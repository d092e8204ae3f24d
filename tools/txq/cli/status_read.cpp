#include <txq/cli/status_report.hpp>

#include <algorithm>

#include <txq/cli/limits_list.hpp>
#include <txq/cli/schedules.hpp>
#include <txq/detail/schema.hpp>
#include <txq/detail/unsafe_settings.hpp>

namespace txq::cli {

namespace {

/// Counting goes no further than this.
constexpr int most_counted = 10'000;
/// Jobs at the head of a queue whose kinds are looked at, and queues for which that is done.
constexpr int most_looked_at = 1'000;
constexpr int most_queues_looked_at = 50;
constexpr int most_schedules_looked_at = 1'000;
constexpr int most_paused_shown = 100;

std::optional<std::int64_t> optional_number(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? std::nullopt : std::optional{number(row, column)};
}

queue_status queue_of(pqxx::row const& row) {
    return {.queue = text(row, "queue"),
            .paused_at = text(row, "paused_at"),
            .fair = truth(row, "fair"),
            .workers = number(row, "workers"),
            .dead_workers = number(row, "dead_workers"),
            .ready = count(row, "ready", "ready_more"),
            .oldest_ready = optional_number(row, "oldest_ready_ms"),
            .running = count(row, "running", "running_more"),
            .longest_running = optional_number(row, "longest_running_ms"),
            .scheduled = count(row, "scheduled", "scheduled_more"),
            .next_in = optional_number(row, "next_in_ms"),
            .dead = count(row, "dead", "dead_more"),
            .last_dead = optional_number(row, "last_dead_ms"),
            .held = count(row, "held", "held_more"),
            .oldest_held = optional_number(row, "oldest_held_ms"),
            .waiting = count(row, "waiting", "waiting_more"),
            .stopped_orders = number(row, "stopped_orders"),
            .max_depth = number(row, "max_depth"),
            .when_full = text(row, "when_full"),
            .full = truth(row, "full"),
            .limits = nlohmann::json::parse(text(row, "limits")),
            .unknown_kinds = {}};
}

std::vector<unknown_kind> read_unknown_kinds(session& database, std::string const& queue) {
    std::vector<unknown_kind> kinds;
    for (auto const& row : database.run(sql::unknown_kinds, pq::params{queue, most_looked_at}))
        kinds.push_back({text(row, "kind"), number(row, "jobs")});
    return kinds;
}

totals_status read_totals(session& database) {
    auto const row = database.run(sql::status_totals, pq::params{most_counted})[0];
    return {.jobs_estimate = optional_number(row, "jobs_estimate"),
            .processed_estimate = optional_number(row, "processed_estimate"),
            .dead = count(row, "dead", "dead_more"),
            .held = count(row, "held", "held_more"),
            .discarded = count(row, "discarded", "discarded_more"),
            .cancelled = count(row, "cancelled", "cancelled_more")};
}

/// Where the relay has got to, as the parameters of a statement: nowhere where it has been stopped, since that place is
/// one of a past that this database does not have.
pq::params position_of(pqxx::row const& position) {
    auto const stopped = !position["kept_batch"].is_null() && !truth(position, "resumed");
    if (position["batch"].is_null() || stopped) return pq::params{"0", 0, "{}", "{}"};
    return pq::params{text(position, "position_txid"), text(position, "position_seq"), text(position, "late_txids"),
                      text(position, "late_seqs")};
}

std::optional<horizon_status> read_horizon(session& database) {
    auto const rows = database.run(sql::status_horizon);
    if (rows.empty()) return std::nullopt;
    return horizon_status{text(rows[0], "what"), optional_number(rows[0], "age_ms"), number(rows[0], "transactions")};
}

relay_status& find_or_add(std::vector<relay_status>& relays, std::string const& source, std::string const& database) {
    for (auto& one : relays)
        if (one.source == source && one.database == database) return one;
    relays.push_back({});
    relays.back().source = source;
    relays.back().database = database;
    return relays.back();
}

std::string identity_of(session& database) { return text(database.run(sql::database_identity)[0], "database"); }

void add_outbox(session& database, session& source, std::vector<relay_status>& relays) {
    auto const is = source.run(sql::database_identity)[0];
    auto const place = text(is, "database");
    auto& relay = find_or_add(relays, text(source.run(sql::outbox_source)[0], "source"), place);
    auto const position = database.run(sql::relay_position, pq::params{relay.source, relay.database})[0];
    auto const row = source.run(sql::status_outbox, position_of(position).add(most_counted))[0];
    relay.outbox = outbox_status{.waiting = count(row, "waiting", "waiting_more"),
                                 .oldest = optional_number(row, "oldest_ms"),
                                 .active = truth(row, "active"),
                                 .pooled = !truth(row, "active") && truth(row, "pooled"),
                                 .outdated = truth(is, "writable") &&
                                             optional_number(position, "timeline").value_or(0) > number(is, "timeline"),
                                 .rejected = count(row, "rejected", "rejected_more"),
                                 .horizon = place == identity_of(database) ? std::nullopt : read_horizon(source)};
}

std::vector<std::string> strings(pqxx::row const& row, char const* column) {
    return nlohmann::json::parse(text(row, column)).get<std::vector<std::string>>();
}

std::vector<schedule_status> read_schedule_trouble(session& database) {
    std::vector<schedule_status> trouble;
    if (!has_schedules(database)) return trouble;
    pqxx::work tx{database.connection()};
    database.begin(tx);
    for (auto const& one : read_schedules(database, tx, {}, most_schedules_looked_at)) {
        auto const late = one.next ? one.now - *one.next : std::chrono::seconds{0};
        if (!one.problem.empty() || late > std::chrono::minutes{1})
            trouble.push_back({text(one.row, "name"), one.problem, std::chrono::milliseconds{late}.count()});
    }
    return trouble;
}

std::vector<paused_status> read_paused(session& database) {
    std::vector<paused_status> paused;
    for (auto const& row : database.run(sql::status_paused, pq::params{most_paused_shown}))
        paused.push_back({text(row, "what"), text(row, "name"), text(row, "paused_at")});
    return paused;
}

} // namespace

std::vector<queue_status> read_queues(session& database) {
    std::vector<queue_status> queues;
    for (auto const& row : database.run(sql::status_queues, pq::params{most_counted})) queues.push_back(queue_of(row));
    return queues;
}

std::vector<worker_status> read_workers(session& database) {
    std::vector<worker_status> workers;
    for (auto const& row : database.run(sql::list_workers, pq::params{most_counted})) {
        workers.push_back({.id = number(row, "id"),
                           .name = text(row, "name"),
                           .started_at = text(row, "started_at"),
                           .beat_at = text(row, "beat_at"),
                           .lease = number(row, "lease_ms"),
                           .silent = optional_number(row, "silent_ms"),
                           .lives = truth(row, "lives"),
                           .running = number(row, "running"),
                           .queues = strings(row, "queues"),
                           .kinds = strings(row, "kinds")});
    }
    return workers;
}

std::vector<relay_status> read_relays(session& database) {
    std::vector<relay_status> relays;
    for (auto const& row : database.run(sql::status_relays)) {
        relays.push_back({.source = text(row, "source"),
                          .database = text(row, "database"),
                          .batch = number(row, "batch"),
                          .jobs = number(row, "jobs"),
                          .relay = text(row, "relay"),
                          .moved_at = text(row, "moved_at"),
                          .moved = optional_number(row, "moved_ms"),
                          .stopped = std::nullopt,
                          .outbox = std::nullopt});
    }
    for (auto const& one : read_stopped(database)) find_or_add(relays, one.source, one.database).stopped = one;
    return relays;
}

status_report read_status(session& database, session* source) {
    status_report report{.queues = read_queues(database),
                         .totals = read_totals(database),
                         .relays = read_relays(database),
                         .workers = read_workers(database),
                         .horizon = read_horizon(database),
                         .schedules = read_schedule_trouble(database),
                         .paused = read_paused(database),
                         .limits = read_limits(database),
                         .unsafe_settings = unsafe_settings(database)};
    auto looked_at = 0;
    for (auto& queue : report.queues)
        if (queue.ready.count > 0 && ++looked_at <= most_queues_looked_at)
            queue.unknown_kinds = read_unknown_kinds(database, queue.queue);
    if (source) add_outbox(database, *source, report.relays);
    return report;
}

} // namespace txq::cli
