#include <txq/limits.hpp>

#include <string>

#include <txq/detail/embedded.hpp>
#include <txq/error.hpp>

#include "settings_call.hpp"

namespace txq {

namespace {

void check_setting(char const* what, std::optional<int> value, int least) {
    check_range(value, "set_limit", what, least, 1'000'000);
}

bool is_field(std::string_view text) {
    constexpr std::string_view prefix = "payload.";
    return text.starts_with(prefix) && text.size() > prefix.size() && text.size() <= prefix.size() + 128 &&
           text.find('\0') == text.npos;
}

/// The least burst is left to the database.
void check(limit_settings const& settings) {
    check_setting("max_running", settings.max_running, 0);
    check_setting("starts", settings.starts, 1);
    check_setting("burst", settings.burst, 1);
    if (!settings.max_running && !settings.starts)
        throw error{errc::bad_configuration, "set_limit: neither max_running nor starts is given"};
    if (settings.burst && !settings.starts)
        throw error{errc::bad_configuration, "set_limit: burst is nothing without starts"};
    if (!settings.each.empty() && settings.each != "tenant" && !is_field(settings.each))
        throw error{errc::bad_configuration,
                    "set_limit: each must be tenant, or payload. and the name of a field of 1 to 128 bytes"};
    if (!settings.cost.empty() && !is_field(settings.cost))
        throw error{errc::bad_configuration,
                    "set_limit: cost must be payload. and the name of a field of 1 to 128 bytes"};
    if (settings.period < std::chrono::seconds{1} || settings.period > std::chrono::hours{24})
        throw error{errc::bad_configuration, "set_limit: period is " + std::to_string(settings.period.count()) +
                                                 " ms; it must be a second to a day"};
}

} // namespace

char const* name(limit_scope scope) noexcept { return scope == limit_scope::queue ? "queue" : "kind"; }

limit_change set_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name,
                       limit_settings const& settings) {
    check_name(name, "set_limit", "a queue or a kind");
    check(settings);
    auto const period = settings.starts ? std::optional{settings.period.count()} : std::nullopt;
    pq::params const with{txq::name(scope),
                          name,
                          settings.max_running,
                          settings.starts,
                          period,
                          settings.burst,
                          settings.each,
                          settings.cost.empty() ? std::nullopt : std::optional{settings.cost}};
    std::string const outcome = call_setting(tx, sql::set_limit, with, "limits")["outcome"].c_str();
    return outcome == "added"     ? limit_change::added
           : outcome == "changed" ? limit_change::changed
                                  : limit_change::unchanged;
}

bool remove_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name, std::string_view each) {
    check_name(name, "remove_limit", "a queue or a kind");
    pq::params const which{txq::name(scope), name, each};
    return call_setting(tx, sql::remove_limit, which, "limits")["found"].as<bool>();
}

} // namespace txq
