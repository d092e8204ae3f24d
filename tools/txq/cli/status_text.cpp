#include <txq/cli/status_report.hpp>

#include <algorithm>
#include <ostream>

#include <txq/cli/limits_list.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>

namespace txq::cli {

namespace {

std::string age_of(maybe_ms ms) { return ms ? people_age(std::chrono::milliseconds{*ms}) : ""; }

std::string ago(maybe_ms ms) { return ms ? age_of(ms) + " ago" : ""; }

std::string until(maybe_ms ms) {
    if (!ms) return "";
    return *ms > 0 ? age_of(ms) : "due";
}

/// A copy of a database has an outbox with the same id.
std::string copy_of(relay_status const& one, std::vector<relay_status> const& relays) {
    if (std::ranges::count(relays, one.source, &relay_status::source) < 2) return "";
    return (one.outbox ? "this one, " : "another, ") + one.database;
}

std::string since(stopped_outbox const& one) {
    return people_time(one.stopped_at) + (one.resumed_at.empty() ? "" : ", resumed");
}

/// Of which outboxes only the queue's half is known.
void tell_what_is_not_known(std::ostream& out, std::vector<relay_status> const& relays) {
    auto const looked_at = [](auto const& one) { return one.outbox.has_value(); };
    if (!std::ranges::any_of(relays, looked_at))
        out << "what waits in an outbox is not known, there is none in this database: txq status --source URL\n";
    else if (!std::ranges::all_of(relays, looked_at))
        out << "what waits in the other outboxes is not known: txq status --source URL\n";
}

void show_totals(std::ostream& out, totals_status const& totals) {
    if (totals.jobs_estimate) out << "about " << jobs(*totals.jobs_estimate) << " in txq.jobs; ";
    out << "dead " << people_number(totals.dead) << ", held " << people_number(totals.held) << ", discarded "
        << people_number(totals.discarded) << ", cancelled " << people_number(totals.cancelled) << '\n';
    if (totals.processed_estimate)
        out << "about " << people_number(*totals.processed_estimate) << " operations recorded in txq.processed_jobs\n";
}

/// "5,000 (full, warns)"
std::string depth_of(queue_status const& one) {
    if (one.max_depth == 0) return "";
    auto const warns = one.when_full == "warn";
    auto const more = one.full ? (warns ? " (full, warns)" : " (full)") : (warns ? " (warns)" : "");
    return people_number(one.max_depth) + more;
}

/// "10 running, 100 per 1min; 2 running each tenant"
std::string limits_of(nlohmann::json const& limits) {
    std::string all;
    for (auto const& one : limits) {
        all += all.empty() ? "" : "; ";
        auto const max_running = one["max_running"];
        if (!max_running.is_null()) all += people_number(max_running.get<std::int64_t>()) + " running";
        if (!one["starts"].is_null())
            all += (max_running.is_null() ? "" : ", ") + people_number(one["starts"].get<std::int64_t>()) + " per " +
                   people_age(std::chrono::milliseconds{one["period_ms"].get<std::int64_t>()});
        if (!one["each"].is_null()) all += " each " + one["each"].get<std::string>();
        if (!one["cost"].is_null()) all += " by " + one["cost"].get<std::string>();
    }
    return all;
}

} // namespace

void show_queues(std::ostream& out, std::vector<queue_status> const& queues) {
    table shown{{"QUEUE"},
                {"PAUSED SINCE"},
                {"TENANTS"},
                {"WORKERS", table::right},
                {"DEAD WORKERS", table::right},
                {"READY", table::right},
                {"OLDEST", table::right},
                {"RUNNING", table::right},
                {"LONGEST", table::right},
                {"SCHEDULED", table::right},
                {"NEXT IN", table::right},
                {"DEAD", table::right},
                {"LAST DIED"},
                {"HELD", table::right},
                {"HELD FOR", table::right},
                {"WAITING", table::right},
                {"MAX DEPTH", table::right},
                {"LIMITS"}};
    for (auto const& one : queues) {
        shown.add({one.queue, one.paused_at.empty() ? "" : people_time(one.paused_at), one.fair ? "take turns" : "",
                   people_number(one.workers), one.dead_workers == 0 ? "" : people_number(one.dead_workers),
                   people_number(one.ready), age_of(one.oldest_ready), people_number(one.running),
                   age_of(one.longest_running), people_number(one.scheduled), until(one.next_in),
                   people_number(one.dead), ago(one.last_dead), one.held.count == 0 ? "" : people_number(one.held),
                   age_of(one.oldest_held), one.waiting.count == 0 ? "" : people_number(one.waiting), depth_of(one),
                   limits_of(one.limits)});
    }
    if (!shown.empty())
        out << shown;
    else
        out << "no queue has jobs or workers\n";
}

void show_workers(std::ostream& out, std::vector<worker_status> const& workers) {
    table shown{{"WORKER"},  {"STATE"},  {"LAST SIGN"}, {"LEASE", table::right}, {"RUNNING", table::right},
                {"STARTED"}, {"QUEUES"}, {"KINDS"}};
    for (auto const& one : workers) {
        shown.add({one.name, one.lives ? "" : "dead", ago(one.silent), age_of(one.lease), people_number(one.running),
                   people_time(one.started_at), joined(one.queues), joined(one.kinds)});
    }
    if (!shown.empty())
        out << shown;
    else
        out << "no workers are registered\n";
}

char const* relay_of(outbox_status const& outbox) {
    if (outbox.active) return "active";
    return outbox.pooled ? "pooled" : "none";
}

void show_relays(std::ostream& out, std::vector<relay_status> const& relays) {
    table shown{{"OUTBOX"},
                {"COPY"},
                {"WAITING", table::right},
                {"OLDEST", table::right},
                {"RELAY"},
                {"STOPPED SINCE"},
                {"BATCHES", table::right},
                {"LAST BATCH"},
                {"JOBS", table::right},
                {"MOVED BY"}};
    for (auto const& one : relays) {
        shown.add({one.source, copy_of(one, relays), one.outbox ? people_number(one.outbox->waiting) : "",
                   one.outbox ? age_of(one.outbox->oldest) : "", one.outbox ? relay_of(*one.outbox) : "",
                   one.stopped ? since(*one.stopped) : "", people_number(one.batch),
                   one.batch == 0 ? "never" : ago(one.moved), one.batch == 0 ? "" : people_number(one.jobs),
                   one.relay});
    }
    if (!shown.empty())
        out << shown;
    else
        out << "no outbox has been moved into this queue yet\n";
}

void show(std::ostream& out, status_report const& report) {
    show_queues(out, report.queues);
    out << '\n';
    show_relays(out, report.relays);
    tell_what_is_not_known(out, report.relays);
    out << '\n';
    show_workers(out, report.workers);
    out << '\n';
    if (!report.limits.empty()) {
        show_limits(out, report.limits);
        out << '\n';
    }
    show_totals(out, report.totals);
    for (auto const& hint : hints(report)) out << "! " << one_line(hint) << '\n';
}

} // namespace txq::cli
