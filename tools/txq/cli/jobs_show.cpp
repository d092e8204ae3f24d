#include <sstream>

#include <txq/cli/facts.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

std::string indented(std::string const& text) {
    std::istringstream lines{harmless(text)};
    std::string result;
    for (std::string line; std::getline(lines, line);) result += "  " + line + '\n';
    return result;
}

std::string time_of(pqxx::row const& row, char const* column) {
    auto const time = text(row, column);
    return time.empty() ? time : people_time(time);
}

/// Of a job that is running, by the database's account.
std::string trouble_of_worker(pqxx::row const& job) {
    if (job["worker_name"].is_null()) return "its worker is gone; a living one makes it ready again when it notices";
    if (truth(job, "worker_lives")) return {};
    return "its worker has been silent for " + age(job, "worker_silent_ms") +
           " and is dead; a living one makes the job ready again";
}

/// Of a job that waits for its turn in an order.
std::string before_it(pqxx::row const& job) {
    auto const id = text(job, "behind_id");
    auto const state = text(job, "behind_state");
    if (id.empty()) return "none of its order runs: a worker makes the next one ready within a second or a few";
    auto const job_before = "job " + id + " of its order is before it and is " + state;
    if (state == "dead")
        return job_before + ": txq dead redrive " + id + ", or, to go on without it, txq jobs discard " + id;
    if (state == "held")
        return job_before + ": txq jobs release " + id + ", or, to go on without it, txq jobs discard " + id;
    return job_before;
}

/// What keeps a job from being run that is not plain from its state.
std::string hindrance(pqxx::row const& job) {
    auto const state = text(job, "state");
    if (state == "running") return trouble_of_worker(job);
    if (state == "waiting") return before_it(job);
    if (state == "held") return "a person has to decide: txq jobs release or txq jobs discard";
    if (state != "ready" && state != "scheduled") return {};
    if (!job["paused_at"].is_null()) return "its queue is paused since " + time_of(job, "paused_at");
    if (!job["kind_paused_at"].is_null()) return "its kind is paused since " + time_of(job, "kind_paused_at");
    if (!job["tenant_paused_at"].is_null()) return "its tenant is paused since " + time_of(job, "tenant_paused_at");
    if (auto const limit = text(job, "limited_by"); !limit.empty())
        return state == "ready" ? "the limit of the " + limit + " lets none begin: txq limits set"
                                : "there is no room under the limit of the " + limit +
                                      ": it is made ready as soon as there is, see txq limits list";
    if (number(job, "workers") > 0) return {};
    auto const dead = number(job, "dead_workers");
    return "there is no living worker that knows its queue and kind" +
           (dead == 0 ? "" : " (dead: " + people_number(dead) + ")");
}

nlohmann::json json_document(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? nlohmann::json{} : nlohmann::json::parse(text(row, column), nullptr, false);
}

nlohmann::json json_of_attempt(pqxx::row const& one) {
    return {{"attempt", number(one, "attempt")},
            {"fence", number(one, "fence")},
            {"worker", text(one, "worker")},
            {"started_at", json_time(one, "started_at")},
            {"failed_at", json_time(one, "failed_at")},
            {"error_type", text(one, "error_type")},
            {"message", text(one, "message")},
            {"severity", text(one, "severity")},
            {"recoverable", truth(one, "recoverable")},
            {"source", text(one, "source")},
            {"details", json_document(one, "details")}};
}

nlohmann::json json_of_attempts(pqxx::result const& attempts) {
    auto all = nlohmann::json::array();
    for (auto const& one : attempts) all.push_back(json_of_attempt(one));
    return all;
}

/// How bad an error is, where it came from, and whether another attempt might do better.
std::string judgement(pqxx::row const& one) {
    return "(" + text(one, "severity") + " from " + text(one, "source") +
           (truth(one, "recoverable") ? "" : ", not recoverable") + ")";
}

void show_attempts(std::ostream& out, pqxx::result const& attempts) {
    if (attempts.empty()) return;
    out << "failed attempts\n";
    for (auto const& one : attempts) {
        out << "  attempt " << number(one, "attempt") << " on " << one_line(text(one, "worker")) << " from "
            << time_of(one, "started_at") << " to " << time_of(one, "failed_at") << '\n'
            << indented(indented(text(one, "error_type") + ": " + text(one, "message")))
            << indented(indented(judgement(one))) << indented(indented(text(one, "details")));
    }
}

std::string times(std::int64_t number) { return number == 1 ? "once" : people_number(number) + " times"; }

void show_facts(std::ostream& out, pqxx::row const& job) {
    facts shown{out};
    shown.add("id", text(job, "id"));
    if (text(job, "operation_id") != text(job, "id")) shown.add("operation id", text(job, "operation_id"));
    shown.add("queue", text(job, "queue"));
    shown.add("kind", text(job, "kind"));
    shown.add("state", state_of(job));
    shown.add("but", hindrance(job));
    shown.add("tenant", text(job, "tenant"));
    shown.add("order key", text(job, "order_key"));
    shown.add("priority", std::to_string(number(job, "priority")));
    shown.add("attempts",
              std::to_string(number(job, "attempt")) + " of " + std::to_string(number(job, "max_attempts")));
    if (number(job, "redrives") > 0) shown.add("redriven", times(number(job, "redrives")));
    shown.add("came from", text(job, "came_from"));
    if (number(job, "crashes") > 0) shown.add("crashes", std::to_string(number(job, "crashes")));
    shown.add("fence", std::to_string(number(job, "fence")));
    shown.add("enqueued", time_of(job, "enqueued_at") + ", " + age(job, "age_ms") + " ago");
    shown.add("run at", time_of(job, "run_at"));
    shown.add("worker", text(job, "worker_name"));
    shown.add("claimed", time_of(job, "claimed_at"));
    shown.add("finished", time_of(job, "finished_at"));
    shown.add("processed", time_of(job, "processed_at"));
}

void show_document(std::ostream& out, char const* name, std::string const& document) {
    if (!document.empty()) out << name << '\n' << indented(document);
}

nlohmann::json json_of_job(pqxx::row const& job) {
    return {
        {"id", text(job, "id")},
        {"operation_id", text(job, "operation_id")},
        {"queue", text(job, "queue")},
        {"kind", text(job, "kind")},
        {"priority", number(job, "priority")},
        {"tenant", json_text(job, "tenant")},
        {"order_key", json_text(job, "order_key")},
        {"state", text(job, "state")},
        {"behind", json_text(job, "behind_id")},
        {"behind_state", json_text(job, "behind_state")},
        {"limited_by", json_text(job, "limited_by")},
        {"attempt", number(job, "attempt")},
        {"max_attempts", number(job, "max_attempts")},
        {"crashes", number(job, "crashes")},
        {"redrives", number(job, "redrives")},
        {"came_from", json_text(job, "came_from")},
        {"fence", number(job, "fence")},
        {"cancelling", truth(job, "cancelling")},
        {"enqueued_at", json_time(job, "enqueued_at")},
        {"run_at", json_time(job, "run_at")},
        {"worker", json_text(job, "worker_name")},
        {"worker_lives", job["worker_lives"].is_null() ? nlohmann::json{} : nlohmann::json(truth(job, "worker_lives"))},
        {"claimed_at", json_time(job, "claimed_at")},
        {"finished_at", json_time(job, "finished_at")},
        {"processed_at", json_time(job, "processed_at")},
        {"queue_paused_at", json_time(job, "paused_at")},
        {"kind_paused_at", json_time(job, "kind_paused_at")},
        {"tenant_paused_at", json_time(job, "tenant_paused_at")},
        {"headers", json_document(job, "headers")}};
}

void show_kept(std::ostream& out, pqxx::row const& job, pqxx::result const& attempts, bool json) {
    if (json) {
        auto document = json_of_job(job);
        document["failed_attempts"] = json_of_attempts(attempts);
        write_json(out, document, "payload", text(job, "payload"));
        return;
    }
    show_facts(out, job);
    show_document(out, "headers", text(job, "headers"));
    show_document(out, "payload", text(job, "payload"));
    show_attempts(out, attempts);
}

void show_completed(std::ostream& out, pqxx::row const& done, pqxx::result const& attempts, bool json) {
    if (json) {
        write_json(out, {{"id", text(done, "job_id")},
                         {"operation_id", text(done, "operation_id")},
                         {"queue", text(done, "queue")},
                         {"kind", text(done, "kind")},
                         {"state", "completed"},
                         {"attempt", number(done, "attempt")},
                         {"processed_at", json_time(done, "processed_at")},
                         {"failed_attempts", json_of_attempts(attempts)}});
        return;
    }
    facts shown{out};
    shown.add("id", text(done, "job_id"));
    if (text(done, "operation_id") != text(done, "job_id")) shown.add("operation id", text(done, "operation_id"));
    shown.add("queue", text(done, "queue"));
    shown.add("kind", text(done, "kind"));
    shown.add("state", "completed");
    shown.add("attempts", std::to_string(number(done, "attempt")));
    shown.add("processed", time_of(done, "processed_at"));
    show_attempts(out, attempts);
}

/// An enqueue that became no job of its own.
void show_stood_for(std::ostream& out, std::string const& id, pqxx::row const& by, bool json) {
    if (json) {
        write_json(out, {{"id", id},
                         {"state", text(by, "outcome")},
                         {"job", text(by, "job_id")},
                         {"settled_at", json_time(by, "settled_at")}});
        return;
    }
    facts shown{out};
    shown.add("id", id);
    shown.add("state", "no job of its own: another one was " + text(by, "outcome"));
    shown.add("that job", text(by, "job_id"));
    shown.add("decided", time_of(by, "settled_at"));
}

} // namespace

void show_job(session& database, console const& io, std::string const& id, bool json, bool only_dead) {
    if (auto const kept = database.run(sql::show_job, pq::params{id}); !kept.empty()) {
        auto const state = text(kept[0], "state");
        if (only_dead && state != "dead")
            throw error{errc::wrong_state, id + " is " + state + "; see: txq jobs show " + id};
        show_kept(io.out, kept[0], database.run(sql::list_attempts, pq::params{id}), json);
        return;
    }
    auto const done = database.run(sql::show_processed_job, pq::params{id});
    auto const stood_for = done.empty() ? database.run(sql::show_unique_outcome, pq::params{id}) : pqxx::result{};
    if (!stood_for.empty() && !only_dead) return show_stood_for(io.out, id, stood_for[0], json);
    if (done.empty()) {
        throw error{errc::not_found, "no job " + id +
                                         ": not relayed yet, purged, completed longer ago than records are kept, or "
                                         "completed under a uuid as its operation id (then look for that)"};
    }
    if (only_dead) throw error{errc::wrong_state, id + " is completed; see: txq jobs show " + id};
    show_completed(io.out, done[0], database.run(sql::list_attempts, pq::params{text(done[0], "job_id")}), json);
}

} // namespace txq::cli
