#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <txq/cli/output.hpp>
#include <txq/cli/stopped_outboxes.hpp>
#include <txq/detail/session.hpp>

namespace txq::cli {

/// Milliseconds, if there is anything to measure.
using maybe_ms = std::optional<std::int64_t>;

/// Jobs of a kind that nobody can run.
struct unknown_kind {
    std::string kind{};
    std::int64_t jobs{}; ///< at least
};

struct queue_status {
    std::string queue{};
    std::string paused_at{}; ///< empty: it is not
    bool fair = false;
    std::int64_t workers = 0;      ///< living ones that serve it
    std::int64_t dead_workers = 0; ///< registered for it, but silent for more than twice their lease
    bounded ready{};
    maybe_ms oldest_ready{};
    bounded running{};
    maybe_ms longest_running{};
    bounded scheduled{};
    maybe_ms next_in{}; ///< negative: overdue
    bounded dead{};
    maybe_ms last_dead{};
    bounded held{};
    maybe_ms oldest_held{};
    bounded waiting{};               ///< for jobs with the same order key
    std::int64_t stopped_orders = 0; ///< in which jobs wait behind one that is dead or held
    std::int64_t max_depth{};        ///< 0: any
    std::string when_full{};
    bool full = false;
    nlohmann::json limits = nlohmann::json::array(); ///< of the queue itself
    std::vector<unknown_kind> unknown_kinds{};
};

struct totals_status {
    std::optional<std::int64_t> jobs_estimate{};
    std::optional<std::int64_t> processed_estimate{};
    bounded dead{}, held{}, discarded{}, cancelled{};
};

/// What keeps dead rows of a database from being removed.
struct horizon_status {
    std::string what{};
    maybe_ms age{};
    std::int64_t transactions = 0;
};

/// What an outbox looks like from inside its own database.
struct outbox_status {
    bounded waiting{};
    maybe_ms oldest{};
    bool active = false;                     ///< a relay has its lock
    bool pooled = false;                     ///< one is connected that has none, because of a pooler
    bool outdated = false;                   ///< a successor of its server has been moved from: relays refuse it
    bounded rejected{};                      ///< could not be moved: see txq.outbox_rejected
    std::optional<horizon_status> horizon{}; ///< if its database is not the queue's
};

/// An outbox that feeds this queue.
struct relay_status {
    std::string source{};
    std::string database{}; ///< tells copies of it apart
    std::int64_t batch = 0; ///< zero: nothing has been moved yet
    std::int64_t jobs = 0;  ///< of that batch
    std::string relay{};
    std::string moved_at{};
    maybe_ms moved{};
    std::optional<stopped_outbox> stopped{};
    std::optional<outbox_status> outbox{}; ///< if its database was looked at
};

struct worker_status {
    std::int64_t id = 0;
    std::string name{};
    std::string started_at{};
    std::string beat_at{};
    std::int64_t lease = 0;
    maybe_ms silent{};
    bool lives = true; ///< false: silent for more than twice its lease
    std::int64_t running = 0;
    std::vector<std::string> queues{};
    std::vector<std::string> kinds{};
};

/// Schedules that somebody should look at.
struct schedule_status {
    std::string name{};
    std::string problem{}; ///< why its times cannot be understood; empty: it is overdue
    std::int64_t overdue = 0;
};

/// A kind or a tenant whose jobs are not claimed.
struct paused_status {
    std::string what{};
    std::string name{};
    std::string paused_at{};
};

struct status_report {
    std::vector<queue_status> queues{};
    totals_status totals{};
    std::vector<relay_status> relays{};
    std::vector<worker_status> workers{};
    std::optional<horizon_status> horizon{};
    std::vector<schedule_status> schedules{};
    std::vector<paused_status> paused{};
    pqxx::result limits{};         ///< see limits_list.hpp
    std::string unsafe_settings{}; ///< of the queue's server: see the statement of that name
};

std::vector<queue_status> read_queues(session& database);
std::vector<worker_status> read_workers(session& database);
/// As the queue knows them.
std::vector<relay_status> read_relays(session& database);
/// `source` is the database with an outbox to look at; null: none.
status_report read_status(session& database, session* source);

/// What somebody should look at, most urgent first, as sentences.
std::vector<std::string> hints(status_report const& report);

void show_queues(std::ostream& out, std::vector<queue_status> const& queues);
void show_workers(std::ostream& out, std::vector<worker_status> const& workers);
void show_relays(std::ostream& out, std::vector<relay_status> const& relays);
void show(std::ostream& out, status_report const& report);

nlohmann::json json_of(std::vector<queue_status> const& queues);
nlohmann::json json_of(std::vector<worker_status> const& workers);
nlohmann::json json_of(std::vector<relay_status> const& relays);
nlohmann::json json_of(status_report const& report);

} // namespace txq::cli
