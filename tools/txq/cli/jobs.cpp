#include <txq/cli/jobs.hpp>

#include <algorithm>

#include <outbox/src/key_of_fields.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>
#include <txq/uuid.hpp>

namespace txq::cli {

namespace {

std::string check_id(std::string& id) {
    return uuid::parse(id) ? std::string{} : "'" + id + "' is not an id: 8-4-4-4-12 hexadecimal digits";
}

constexpr int most_at_once = 100'000;

/// A key as it was given, and, where it can be that of fields, as jsonb writes it. Nothing: none is asked for.
std::optional<std::string> keys_of(session& database, std::string const& given) {
    if (given.empty()) return std::nullopt;
    std::vector<std::string> keys{given};
    if (is_of_fields(given))
        keys.push_back(database.run(sql::key_of_fields, pq::params{given})[0]["key"].as<std::string>());
    return pq::array(keys);
}

} // namespace

job_page list_jobs(session& database, job_filter const& filter) { return list_jobs(database, filter, 1000); }

job_page list_jobs(session& database, job_filter const& filter, int look_at) {
    job_page page{{}, filter.after};
    auto const& traits = filter.traits;
    auto const keys = keys_of(database, filter.key);
    for (auto wanted = filter.limit; wanted > 0; look_at = std::min(look_at * 10, most_at_once)) {
        auto const result =
            database.run(sql::list_jobs, pq::params{pq::unless_empty(page.next), pq::unless_empty(traits.queue),
                                                    pq::unless_empty(traits.kind), pq::unless_empty(filter.state),
                                                    wanted, std::max(look_at, wanted), like_pattern(traits.error_type),
                                                    keys, pq::unless_empty(traits.tenant)});
        for (auto const& row : result) {
            page.next = text(row, "last");
            if (row["id"].is_null()) break;
            page.rows.push_back(row);
            --wanted;
        }
        if (page.next.empty()) break;
    }
    return page;
}

std::string state_of(pqxx::row const& job) {
    auto const state = text(job, "state");
    if (state == "scheduled")
        return number(job, "state_ms") > 0 ? "scheduled in " + age(job, "state_ms") : "scheduled, due";
    return (truth(job, "cancelling") ? "running, to be cancelled," : state) + " for " + age(job, "state_ms");
}

nlohmann::json json_of_listed(pqxx::row const& job) {
    nlohmann::json error;
    if (!job["error_type"].is_null())
        error = {{"error_type", text(job, "error_type")},
                 {"message", text(job, "message")},
                 {"severity", text(job, "severity")},
                 {"recoverable", truth(job, "recoverable")},
                 {"source", text(job, "source")}};
    return {{"id", text(job, "id")},
            {"queue", text(job, "queue")},
            {"kind", text(job, "kind")},
            {"tenant", json_text(job, "tenant")},
            {"state", text(job, "state")},
            {"priority", number(job, "priority")},
            {"attempt", number(job, "attempt")},
            {"max_attempts", number(job, "max_attempts")},
            {"cancelling", truth(job, "cancelling")},
            {"enqueued_at", json_time(job, "enqueued_at")},
            {"run_at", json_time(job, "run_at")},
            {"claimed_at", json_time(job, "claimed_at")},
            {"finished_at", json_time(job, "finished_at")},
            {"last_error", error}};
}

CLI::Validator is_id() { return CLI::Validator{check_id, ""}; }

std::optional<std::string> like_pattern(std::string const& pattern) {
    if (pattern.empty()) return std::nullopt;
    std::string like;
    for (char const c : pattern) {
        if (c == '%' || c == '_' || c == '\\') like += '\\';
        like += c == '*' ? '%' : c;
    }
    return like;
}

bool job_traits::any() const { return !queue.empty() || !kind.empty() || !tenant.empty() || !error_type.empty(); }

std::string job_traits::options() const {
    return shell_option("--queue", queue) + shell_option("--kind", kind) + shell_option("--tenant", tenant) +
           shell_option("--error-type", error_type);
}

void add_traits(CLI::App& command, job_traits& traits) {
    command.add_option("--queue", traits.queue, "Only jobs of this queue")->type_name("QUEUE")->check(not_empty());
    command.add_option("--kind", traits.kind, "Only jobs of this kind")->type_name("KIND")->check(not_empty());
    command.add_option("--tenant", traits.tenant, "Only jobs of this tenant")->type_name("TENANT")->check(not_empty());
    command
        .add_option("--error-type", traits.error_type,
                    "Only jobs whose last error is of this type; * stands for any text, as in 'sqlstate:23*'")
        ->type_name("TYPE")
        ->check(not_empty());
}

void add_key(CLI::App& command, std::string& key) {
    command.add_option("--key", key, "Only the job of the kind that stands for this key, as given to its enqueue")
        ->needs("--kind")
        ->type_name("KEY")
        ->check(not_empty());
}

CLI::Option* add_id(CLI::App& command, std::string& id) {
    return command.add_option("ID", id, "The job's id")->check(is_id())->type_name("")->required();
}

CLI::Option* add_ids(CLI::App& command, std::vector<std::string>& ids) {
    return command.add_option("ID", ids, "The jobs' ids")->check(is_id())->type_name("");
}

} // namespace txq::cli
