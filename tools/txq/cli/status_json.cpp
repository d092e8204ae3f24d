#include <txq/cli/limits_list.hpp>
#include <txq/cli/status_report.hpp>

#include <txq/cli/time.hpp>

namespace txq::cli {

namespace {

nlohmann::json or_null(std::optional<std::int64_t> const& value) {
    return value ? nlohmann::json(*value) : nlohmann::json{};
}

nlohmann::json time_or_null(std::string const& time) {
    return time.empty() ? nlohmann::json{} : nlohmann::json(iso_time(time));
}

nlohmann::json json_of(queue_status const& one) {
    auto kinds = nlohmann::json::object();
    for (auto const& [kind, number] : one.unknown_kinds) kinds[kind] = number;
    return {{"queue", one.queue},
            {"paused_at", time_or_null(one.paused_at)},
            {"fair", one.fair},
            {"workers", one.workers},
            {"dead_workers", one.dead_workers},
            {"ready", json_of(one.ready)},
            {"oldest_ready_ms", or_null(one.oldest_ready)},
            {"running", json_of(one.running)},
            {"longest_running_ms", or_null(one.longest_running)},
            {"scheduled", json_of(one.scheduled)},
            {"next_in_ms", or_null(one.next_in)},
            {"dead", json_of(one.dead)},
            {"last_dead_ms", or_null(one.last_dead)},
            {"held", json_of(one.held)},
            {"oldest_held_ms", or_null(one.oldest_held)},
            {"waiting", json_of(one.waiting)},
            {"stopped_orders", one.stopped_orders},
            {"max_depth", one.max_depth == 0 ? nlohmann::json{} : nlohmann::json(one.max_depth)},
            {"when_full", text_or_null(one.when_full)},
            {"full", one.full},
            {"limits", one.limits},
            {"unknown_kinds", kinds}};
}

nlohmann::json json_of(worker_status const& one) {
    return {{"id", one.id},
            {"name", one.name},
            {"started_at", time_or_null(one.started_at)},
            {"last_sign_at", time_or_null(one.beat_at)},
            {"silent_ms", or_null(one.silent)},
            {"lives", one.lives},
            {"lease_ms", one.lease},
            {"running", one.running},
            {"queues", one.queues},
            {"kinds", one.kinds}};
}

nlohmann::json json_of(std::optional<horizon_status> const& one) {
    if (!one) return nullptr;
    return {{"what", one->what}, {"age_ms", or_null(one->age)}, {"transactions", one->transactions}};
}

nlohmann::json json_of(relay_status const& one) {
    nlohmann::json outbox;
    if (one.outbox) {
        outbox = {{"waiting", json_of(one.outbox->waiting)},
                  {"oldest_ms", or_null(one.outbox->oldest)},
                  {"relay_active", one.outbox->active},
                  {"relay_pooled", one.outbox->pooled},
                  {"outdated", one.outbox->outdated},
                  {"rejected", json_of(one.outbox->rejected)},
                  {"oldest_transaction", json_of(one.outbox->horizon)}};
    }
    return {{"source", one.source},
            {"database", one.database},
            {"batch", one.batch},
            {"jobs", one.jobs},
            {"relay", one.relay},
            {"moved_at", time_or_null(one.moved_at)},
            {"moved_ms", or_null(one.moved)},
            {"stopped", one.stopped ? json_of(*one.stopped) : nlohmann::json{}},
            {"outbox", outbox}};
}

nlohmann::json json_of(totals_status const& one) {
    return {{"estimate", or_null(one.jobs_estimate)},
            {"processed_estimate", or_null(one.processed_estimate)},
            {"dead", json_of(one.dead)},
            {"held", json_of(one.held)},
            {"discarded", json_of(one.discarded)},
            {"cancelled", json_of(one.cancelled)}};
}

nlohmann::json json_of(schedule_status const& one) {
    return {{"name", one.name},
            {"problem", text_or_null(one.problem)},
            {"overdue_ms", one.problem.empty() ? nlohmann::json(one.overdue) : nlohmann::json{}}};
}

nlohmann::json json_of(paused_status const& one) {
    return {{one.what, one.name}, {"paused_at", time_or_null(one.paused_at)}};
}

template <typename T>
nlohmann::json json_of_all(std::vector<T> const& all) {
    auto document = nlohmann::json::array();
    for (auto const& one : all) document.push_back(json_of(one));
    return document;
}

} // namespace

nlohmann::json json_of(std::vector<queue_status> const& queues) { return json_of_all(queues); }
nlohmann::json json_of(std::vector<worker_status> const& workers) { return json_of_all(workers); }
nlohmann::json json_of(std::vector<relay_status> const& relays) { return json_of_all(relays); }

nlohmann::json json_of(status_report const& report) {
    return {{"queues", json_of(report.queues)},
            {"jobs", json_of(report.totals)},
            {"relays", json_of(report.relays)},
            {"workers", json_of(report.workers)},
            {"oldest_transaction", json_of(report.horizon)},
            {"schedules_in_trouble", json_of_all(report.schedules)},
            {"paused", json_of_all(report.paused)},
            {"limits", json_of_limits(report.limits)},
            {"hints", hints(report)}};
}

} // namespace txq::cli
