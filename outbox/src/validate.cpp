#include "validate.hpp"

#include <cstdio>

#include <txq/detail/utf8.hpp>

#include "limits.hpp"
#include "unique_rule.hpp"

namespace txq {

namespace {

std::string number_of_bytes(std::size_t bytes, std::size_t limit) {
    return " has " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(limit);
}

void check_range(errc code, char const* field, int value, int least, int most) {
    if (value >= least && value <= most) return;
    throw error{code, std::string{field} + " is " + std::to_string(value) + "; it must be " + std::to_string(least) +
                          " to " + std::to_string(most)};
}

std::string iso_8601(std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    auto const exact = ceil<microseconds>(when); // not before that time
    auto const day = floor<days>(exact);
    year_month_day const date{day};
    hh_mm_ss const time{exact - day};
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
    return text;
}

std::optional<std::string> checked_run_at(enqueue_options const& options) {
    if (!options.run_at) return std::nullopt;
    if (options.delay != options.delay.zero()) throw error{errc::bad_time, "run_at and delay are both given; give one"};
    return checked_time(*options.run_at);
}

std::optional<std::int64_t> checked_delay(std::chrono::milliseconds delay) {
    if (delay == delay.zero()) return std::nullopt;
    if (delay < delay.zero() || delay > limits::delay) {
        throw error{errc::bad_time,
                    "delay is " + std::to_string(delay.count()) + " ms; it must be 0 to 36500 days (3153600000000 ms)"};
    }
    return delay.count();
}

void check_header(std::string const& name, std::string const& value) {
    if (name.empty()) throw error{errc::bad_headers, "headers have an empty name"};
    check_text(errc::bad_headers, "a header's name", name, limits::headers_bytes);
    check_text(errc::bad_headers, "the value of header " + name, value, limits::headers_bytes);
}

std::optional<std::string> checked_headers(std::map<std::string, std::string> const& given,
                                           std::string_view traceparent) {
    if (given.empty() && traceparent.empty()) return std::nullopt;
    auto headers = given;
    if (!traceparent.empty()) headers.try_emplace("traceparent", traceparent);
    for (auto const& [name, value] : headers) check_header(name, value);
    auto written = nlohmann::json(headers).dump(-1, ' ', true);
    auto const bytes = json_scanner{written}.scan().bytes;
    if (bytes > limits::headers_bytes)
        throw error{errc::bad_headers, "headers, written as JSON, have " + std::to_string(bytes) +
                                           " bytes; the limit is " + std::to_string(limits::headers_bytes)};
    return written;
}

std::optional<std::string> checked_rules(enqueue_options const& options) {
    nlohmann::json rules = nlohmann::json::object();
    if (!options.tenant.empty()) {
        check_text(errc::bad_tenant, "tenant", options.tenant, limits::name_bytes);
        rules["tenant"] = options.tenant;
    }
    if (options.unique) rules["unique"] = checked_unique(*options.unique);
    if (!options.order_key.empty()) {
        check_text(errc::bad_order_key, "order_key", options.order_key, limits::name_bytes);
        rules["order_key"] = options.order_key;
        if (!options.order_holds) rules["order_goes_on"] = true;
    }
    if (rules.empty()) return std::nullopt;
    return rules.dump(-1, ' ', true);
}

void check_payload_limit(std::size_t limit) {
    if (limit <= limits::highest_payload_limit) return;
    throw error{errc::bad_payload, "payload_limit is " + std::to_string(limit) + "; it can be " +
                                       std::to_string(limits::highest_payload_limit) + " at most"};
}

} // namespace

void check_text(errc code, std::string const& field, std::string_view value, std::size_t limit) {
    if (value.size() > limit) throw error{code, field + number_of_bytes(value.size(), limit)};
    if (!is_storable_text(value)) throw error{code, field + " has a NUL or is not UTF-8, which PostgreSQL cannot hold"};
}

void check_name(errc code, char const* field, std::string_view value) {
    if (value.empty()) throw error{code, std::string{field} + " is empty; it must have 1 to 128 bytes"};
    check_text(code, field, value, limits::name_bytes);
}

std::string checked_time(std::chrono::system_clock::time_point run_at) {
    if (run_at < limits::first_run_at || run_at >= limits::end_of_run_at)
        throw error{errc::bad_time, "run_at must be a point in time of the years 1970 to 2199"};
    return iso_8601(run_at);
}

common_fields check_common(std::string_view kind, enqueue_options const& options, std::string_view traceparent) {
    check_name(errc::bad_kind, "kind", kind);
    check_name(errc::bad_queue, "queue", options.queue);
    check_range(errc::bad_priority, "priority", options.priority, 0, limits::least_urgent_priority);
    check_range(errc::bad_max_attempts, "max_attempts", options.max_attempts, 1, limits::max_attempts);
    check_payload_limit(options.payload_limit);
    return {
        .kind = kind,
        .queue = options.queue,
        .priority = options.priority,
        .max_attempts = options.max_attempts,
        .run_at = checked_run_at(options),
        .delay = checked_delay(options.delay),
        .headers = checked_headers(options.headers, traceparent),
        .rules = checked_rules(options),
    };
}

void check_operation_id(std::string_view operation_id) {
    check_text(errc::bad_operation_id, "operation_id", operation_id, limits::operation_id_bytes);
}

json_shape check_payload(std::string_view payload, std::size_t limit) try {
    if (payload.empty()) throw not_jsonb{"it is empty; write {} for a job without arguments"};
    auto const shape = json_scanner{payload}.scan();
    if (shape.bytes > limit) {
        throw error{errc::bad_payload, "payload" + number_of_bytes(shape.bytes, limit) + " (payload_limit)"};
    }
    return shape;
} catch (not_jsonb const& problem) {
    throw error{errc::bad_payload, std::string{"payload is not JSON that jsonb can hold: "} + problem.what()};
}

void check_together(std::span<new_job const> jobs) {
    std::size_t bytes = 0;
    for (auto const& job : jobs) bytes += job.payload.size() + job.operation_id.size();
    if (bytes <= limits::together_bytes) return;
    throw error{errc::bad_payload, "the payloads of " + std::to_string(jobs.size()) + " jobs together have " +
                                       std::to_string(bytes) + " bytes; the limit of one enqueue_many is " +
                                       std::to_string(limits::together_bytes)};
}

} // namespace txq
