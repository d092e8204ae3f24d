#include "ending.hpp"

#include <algorithm>
#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <typeinfo>

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace txq {

namespace {

constexpr std::size_t longest_message = 8192;

/// What PostgreSQL's intervals and points in time can hold by far: a delay that they cannot would be refused again and
/// again, and with it all that is recorded at the same time.
constexpr std::chrono::milliseconds longest_delay = std::chrono::hours{24} * 36'500;

template <typename Exception>
std::string type_name(Exception const& thrown) {
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> const readable{
        abi::__cxa_demangle(typeid(thrown).name(), nullptr, nullptr, &status), &std::free};
    return readable ? readable.get() : typeid(thrown).name();
}

ending failed(raw_job const& job, std::string type, std::string message, std::chrono::milliseconds delay) {
    auto const last = job.attempt >= job.max_attempts;
    return {.state = last ? ending::state::dead : ending::state::scheduled,
            .delay = last ? std::chrono::milliseconds{0} : delay,
            .refund = false,
            .error_type = std::move(type),
            .message = std::move(message)};
}

} // namespace

char const* name(enum ending::state state) noexcept {
    switch (state) {
    case ending::state::completed: return "completed";
    case ending::state::scheduled: return "scheduled";
    case ending::state::ready: return "ready";
    case ending::state::dead: return "dead";
    case ending::state::discarded: return "discarded";
    case ending::state::cancelled: return "cancelled";
    }
    return "unknown";
}

std::string printable(std::string text) {
    if (text.size() > longest_message) text = text.substr(0, longest_message - 4) + " ...";
    for (auto& c : text)
        if (c == '\0') c = ' ';
    // the writer of JSON knows how to replace what is not UTF-8, a character cut in two included
    auto const replaced = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(replaced).get<std::string>();
}

failure describe(std::exception_ptr const& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (permanent_error const& error) {
        return {type_name(error), printable(error.what()), true};
    } catch (pqxx::sql_error const& error) {
        return {type_name(error), printable("[" + error.sqlstate() + "] " + error.what()), false};
    } catch (std::exception const& error) { return {type_name(error), printable(error.what()), false}; } catch (...) {
        return {"unknown", "something was thrown that is not a std::exception", false};
    }
}

ending ending_of(raw_job const& job, outcome const& returned) {
    auto const delay = std::min(returned.delay(), longest_delay);
    switch (returned.what()) {
    case outcome::verb::complete:
    case outcome::verb::returned: return ending::completed();
    case outcome::verb::snooze: return ending::postponed(delay);
    case outcome::verb::discard:
        return {.state = ending::state::discarded,
                .delay = {},
                .refund = false,
                .error_type = "discarded",
                .message = printable(returned.reason())};
    case outcome::verb::retry_after: return failed(job, "retry_after", printable(returned.reason()), delay);
    }
    return ending::completed();
}

ending ending_of(raw_job const& job, failure const& thrown, stop_reason why, retry_policy const& retry, double random) {
    switch (why) {
    case stop_reason::shutdown:
    case stop_reason::lease_lost: return ending::released();
    case stop_reason::cancelled:
        return {.state = ending::state::cancelled,
                .delay = {},
                .refund = false,
                .error_type = "cancelled",
                .message = "cancelled while it was running: " + thrown.message};
    case stop_reason::timeout:
        return failed(job, "timeout", "ran for longer than its timeout: " + thrown.message,
                      delay_after(retry, job.attempt, random));
    case stop_reason::none: break;
    }
    auto result = failed(job, thrown.type, thrown.message, delay_after(retry, job.attempt, random));
    if (thrown.permanent) {
        result.state = ending::state::dead;
        result.delay = result.delay.zero();
    }
    return result;
}

} // namespace txq
