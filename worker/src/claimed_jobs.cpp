#include "claimed_jobs.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <nlohmann/json.hpp>

#include <txq/detail/fields.hpp>
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
std::map<std::string, std::string> read_headers(std::string_view text) {
    if (text.empty()) return {};
    std::map<std::string, std::string> headers;
    auto const object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object()) return {};
    for (auto const& [name, value] : object.items())
        headers[name] = value.is_string() ? value.get<std::string>() : value.dump();
    return headers;
}

/// A row of claim_jobs or lock_jobs.
struct claimed_job {
    raw_job job;
    std::string row;          ///< where it is; empty unless lock_jobs has said so
    std::int64_t seq = 0;     ///< its place within its queue and priority
    std::string processed_as; ///< as a job of which kind the operation has been run; empty: it has not
};

/// In the order of the statements' columns.
claimed_job read(pqxx::row const& row, std::string const& queue) {
    pq::fields fields{row};
    claimed_job one;
    auto& job = one.job;
    one.row = fields.text();
    one.seq = fields.number<std::int64_t>();
    job.id = uuid::parse(fields.text()).value_or(uuid{});
    job.operation_id = uuid::parse(fields.text()).value_or(job.id);
    job.queue = queue;
    job.kind = fields.text();
    job.priority = fields.number<int>();
    job.attempt = fields.number<int>();
    job.max_attempts = fields.number<int>();
    job.fence = fields.number<std::int64_t>();
    job.crashes = fields.number<int>();
    auto const run_at = fields.text();
    job.enqueued_at = read_timestamp(fields.text());
    job.run_at = run_at.empty() ? job.enqueued_at : read_timestamp(run_at);
    job.claimed_at = read_timestamp(fields.text());
    job.payload = fields.text();
    job.headers = read_headers(fields.text());
    job.tenant = fields.text();
    job.order_key = fields.text();
    one.processed_as = fields.text();
    return one;
}

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

std::vector<std::shared_ptr<attempt>> read_claimed(pqxx::result const& rows, std::string const& queue,
                                                   shared_state const& state, std::int64_t worker) {
    std::vector<std::shared_ptr<attempt>> attempts;
    attempts.reserve(static_cast<std::size_t>(rows.size()));
    auto const tight = state.limits.is_tight(limit_gate::clock::now());
    for (auto const& row : rows) {
        auto one = read(row, queue);
        warn_of_other_kind(one.job, one.processed_as);
        auto const* known = state.handlers.find(one.job.kind); // the claim asked for these kinds only
        attempts.push_back(
            std::make_shared<attempt>(std::move(one.job), *known, worker, !one.processed_as.empty(), one.seq));
        attempts.back()->row = std::move(one.row);
        attempts.back()->counted = state.limits.counting_of(attempts.back()->job);
        attempts.back()->counted_alone = tight && attempts.back()->counted != attempt::counting::none;
    }
    std::ranges::sort(attempts, {}, [](auto const& each) { return std::tuple{each->job.priority, each->seq}; });
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
