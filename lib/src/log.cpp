#include <txq/log.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <txq/detail/secrets.hpp>

namespace txq::log {

namespace {

char const* name(level severity) {
    switch (severity) {
    case level::debug: return "debug";
    case level::info: return "info";
    case level::warning: return "warning";
    case level::error: return "error";
    }
    return "?";
}

std::string timestamp() {
    auto const now = std::chrono::system_clock::now();
    auto const seconds = std::chrono::system_clock::to_time_t(now);
    auto const since = now.time_since_epoch();
    auto const millis = std::chrono::duration_cast<std::chrono::milliseconds>(since).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    auto const length = std::strftime(text, sizeof text, "%FT%T", &utc);
    std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(millis));
    return text;
}

/// One write a line, so that lines of several threads and processes do not mix.
void write_line(std::string const& line) {
    [[maybe_unused]] auto const ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

/// A value as it stands if it is one plain word, else quoted, so that a line is a line and can be taken apart again.
std::string quoted(std::string const& value) {
    auto const plain = [](unsigned char c) { return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f; };
    if (!value.empty() && std::all_of(value.begin(), value.end(), plain)) return value;
    return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::atomic<level> threshold{level::info};
std::mutex sink_mutex;
std::shared_ptr<sink const> current_sink;

std::shared_ptr<sink const> get_sink() {
    std::lock_guard const lock{sink_mutex};
    if (!current_sink) current_sink = std::make_shared<sink const>(text_sink());
    return current_sink;
}

} // namespace

sink text_sink() {
    return [](level severity, std::string_view event, std::vector<field> const& facts) {
        auto line = timestamp() + ' ' + name(severity) + ' ' + std::string{event};
        for (auto const& fact : facts) line += ' ' + std::string{fact.name} + '=' + quoted(fact.value);
        write_line(line + '\n');
    };
}

sink json_sink() {
    return [](level severity, std::string_view event, std::vector<field> const& facts) {
        nlohmann::ordered_json object{{"time", timestamp()}, {"level", name(severity)}, {"event", event}};
        for (auto const& fact : facts)
            object[std::string{fact.name}] =
                fact.is_json ? nlohmann::ordered_json::parse(fact.value) : nlohmann::ordered_json(fact.value);
        write_line(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
    };
}

void set_sink(sink where) {
    std::lock_guard const lock{sink_mutex};
    current_sink = std::make_shared<sink const>(std::move(where));
}

void set_threshold(level lowest) noexcept { threshold = lowest; }

void event(level severity, std::string_view what, fields facts) {
    if (severity < threshold) return;
    std::vector<field> told(facts);
    for (auto& fact : told)
        if (!fact.is_json) fact.value = without_passwords(fact.value);
    (*get_sink())(severity, without_passwords(what), told);
}

} // namespace txq::log
