#include "claimed_jobs.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <nlohmann/json.hpp>

#include <txq/log.hpp>

namespace txq {

namespace {

int digits(std::string_view text, std::size_t at, std::size_t length) {
    int value = 0;
    if (at + length <= text.size()) std::from_chars(text.data() + at, text.data() + at + length, value);
    return value;
}

/// The fraction after the seconds, of any length, in microseconds.
std::chrono::microseconds fraction(std::string_view text) {
    if (text.size() < 20 || text[19] != '.') return {};
    int value = 0;
    int scale = 1'000'000;
    for (auto at = std::size_t{20}; at < text.size() && text[at] >= '0' && text[at] <= '9' && scale > 1; ++at) {
        value = value * 10 + (text[at] - '0');
        scale /= 10;
    }
    return std::chrono::microseconds{std::int64_t{value} * scale};
}

/// None where they cannot be read, such as a number that no double holds, which only a row of somebody's own making
/// has: it must not keep the jobs that were claimed with it from being run.
std::map<std::string, std::string> read_headers(pqxx::field const& field) {
    if (field.is_null()) return {};
    std::map<std::string, std::string> headers;
    auto const object = nlohmann::json::parse(field.c_str(), nullptr, false);
    if (!object.is_object()) return {};
    for (auto const& [name, value] : object.items())
        headers[name] = value.is_string() ? value.get<std::string>() : value.dump();
    return headers;
}

/// Where the columns are: libpq looks a name up by comparing it with all of them, which for every field of every row
/// took longer than all the rest of reading them.
class columns {
  public:
    explicit columns(pqxx::result const& rows) : rows_{rows} {}

    raw_job job(pqxx::row const& row) const {
        raw_job job;
        job.id = uuid::parse(row[id_].c_str()).value_or(uuid{});
        job.operation_id = uuid::parse(row[operation_id_].c_str()).value_or(uuid{});
        job.queue = row[queue_].c_str();
        job.kind = row[kind_].c_str();
        job.priority = row[priority_].as<int>();
        job.attempt = row[attempt_].as<int>();
        job.max_attempts = row[max_attempts_].as<int>();
        job.crashes = row[crashes_].as<int>();
        job.fence = row[fence_].as<std::int64_t>();
        job.enqueued_at = read_timestamp(row[enqueued_at_].c_str());
        job.run_at = read_timestamp(row[run_at_].c_str());
        job.claimed_at = read_timestamp(row[claimed_at_].c_str());
        job.payload = std::string{row[payload_].c_str(), row[payload_].size()};
        job.headers = read_headers(row[headers_]);
        job.tenant = row[tenant_].c_str();
        job.order_key = row[order_key_].c_str();
        return job;
    }
    /// As a job of which kind the operation has been run; empty: it has not.
    std::string processed_as(pqxx::row const& row) const { return row[processed_as_].c_str(); }
    std::int64_t seq(pqxx::row const& row) const { return row[seq_].as<std::int64_t>(); }
    /// Where it is; empty unless lock_jobs has said so.
    std::string place(pqxx::row const& row) const { return places_ ? row[0].c_str() : std::string{}; }

  private:
    using index = pqxx::row::size_type;
    index at(char const* name) const { return rows_.column_number(name); }

    pqxx::result const& rows_;
    bool const places_ = std::string_view{rows_.column_name(0)} == "row";
    index const id_ = at("id"), operation_id_ = at("operation_id"), queue_ = at("queue"), kind_ = at("kind"),
                priority_ = at("priority"), attempt_ = at("attempt"), max_attempts_ = at("max_attempts"),
                crashes_ = at("crashes"), fence_ = at("fence"), enqueued_at_ = at("enqueued_at"),
                run_at_ = at("run_at"), claimed_at_ = at("claimed_at"), payload_ = at("payload"),
                headers_ = at("headers"), tenant_ = at("tenant"), order_key_ = at("order_key"),
                processed_as_ = at("processed_as"), seq_ = at("seq");
};

/// One operation id for two different things is a mistake that nothing else would show.
void warn_of_other_kind(raw_job const& job, std::string const& processed_as) {
    if (processed_as.empty() || processed_as == job.kind) return;
    log::warning("a job is not run, because its operation_id is that of a job of another kind that has been run",
                 {{"job", job.id.str()},
                  {"kind", job.kind},
                  {"operation_id", job.operation_id.str()},
                  {"was_run_as", processed_as}});
}

} // namespace

std::chrono::system_clock::time_point read_timestamp(std::string_view text) {
    using namespace std::chrono;
    auto const date = year{digits(text, 0, 4)} / digits(text, 5, 2) / digits(text, 8, 2);
    auto const is_known = date.ok() && date.year() >= year{1970} && date.year() < year{2200};
    if (!is_known || text.substr(0, 11).back() != ' ' || text.ends_with("BC")) return {};
    auto const time = hours{digits(text, 11, 2)} + minutes{digits(text, 14, 2)} + seconds{digits(text, 17, 2)};
    return sys_days{date} + time + fraction(text);
}

std::vector<std::shared_ptr<attempt>> read_claimed(pqxx::result const& rows, shared_state const& state,
                                                   std::int64_t worker) {
    std::vector<std::shared_ptr<attempt>> attempts;
    attempts.reserve(static_cast<std::size_t>(rows.size()));
    columns const columns{rows};
    for (auto const& row : rows) {
        auto job = columns.job(row);
        auto const processed_as = columns.processed_as(row);
        warn_of_other_kind(job, processed_as);
        auto const* known = state.handlers.find(job.kind); // the claim asked for these kinds only
        attempts.push_back(
            std::make_shared<attempt>(std::move(job), *known, worker, !processed_as.empty(), columns.seq(row)));
        attempts.back()->row = columns.place(row);
        attempts.back()->counted = state.limits.is_counted(attempts.back()->job);
    }
    std::ranges::sort(attempts, {}, [](auto const& one) { return std::tuple{one->job.priority, one->seq}; });
    return attempts;
}

std::vector<std::shared_ptr<attempt>> admit(std::vector<std::shared_ptr<attempt>> claimed, shared_state& state,
                                            recorder& endings) {
    std::erase_if(claimed, [&](auto const& one) {
        auto const added = state.attempts.add(one);
        if (!added) endings.record(one, ending::after_its_predecessor());
        return !added;
    });
    return claimed;
}

} // namespace txq
