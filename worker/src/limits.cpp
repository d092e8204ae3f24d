#include <txq/limits.hpp>

#include <string>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/detail/schema_missing.hpp>
#include <txq/error.hpp>

namespace txq {

namespace {

void check_name(std::string_view name, char const* caller) {
    if (name.empty() || name.size() > 128 || name.find('\0') != name.npos)
        throw error{errc::bad_configuration,
                    std::string{caller} + ": the name of a queue or a kind has 1 to 128 bytes, none of them zero"};
}

void check_range(char const* what, std::optional<int> value, int least) {
    if (!value || (*value >= least && *value <= 1'000'000)) return;
    throw error{errc::bad_configuration, std::string{"set_limit: "} + what + " is " + std::to_string(*value) +
                                             "; it must be " + std::to_string(least) + " to 1000000"};
}

bool is_field(std::string_view text) {
    constexpr std::string_view prefix = "payload.";
    return text.starts_with(prefix) && text.size() > prefix.size() && text.size() <= prefix.size() + 128 &&
           text.find('\0') == text.npos;
}

/// The least burst is left to the database.
void check(limit_settings const& settings) {
    check_range("max_running", settings.max_running, 0);
    check_range("starts", settings.starts, 1);
    check_range("burst", settings.burst, 1);
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

pqxx::row ask(pqxx::transaction_base& tx, statement const& what, pq::params const& with) {
    try {
        return pq::exec(tx, what, with)[0];
    } catch (pqxx::sql_error const& failed) {
        if (pq::sqlstate(failed) == "22023") throw error{errc::bad_configuration, pq::complaint(failed, "txq.")};
        pq::explain_missing_schema(
            tx.conn(), failed,
            "has no limits of txq; is it the queue's database? If so, run: txq migrate --side queue");
        throw;
    }
}

} // namespace

char const* name(limit_scope scope) noexcept { return scope == limit_scope::queue ? "queue" : "kind"; }

limit_change set_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name,
                       limit_settings const& settings) {
    check_name(name, "set_limit");
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
    std::string const outcome = ask(tx, sql::set_limit, with)["outcome"].c_str();
    return outcome == "added"     ? limit_change::added
           : outcome == "changed" ? limit_change::changed
                                  : limit_change::unchanged;
}

bool remove_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name, std::string_view each) {
    check_name(name, "remove_limit");
    return ask(tx, sql::remove_limit, pq::params{txq::name(scope), name, each})["found"].as<bool>();
}

} // namespace txq
