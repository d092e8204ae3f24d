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

pqxx::row ask(pqxx::transaction_base& tx, statement const& what, pq::params const& with) {
    try {
        return pq::exec(tx, what, with)[0];
    } catch (pqxx::sql_error const& failed) {
        pq::explain_missing_schema(
            tx.conn(), failed,
            "has no limits of txq; is it the queue's database? If so, run: txq migrate --side queue");
        throw;
    }
}

} // namespace

char const* name(limit_scope scope) noexcept { return scope == limit_scope::queue ? "queue" : "kind"; }

limit_change set_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name, int max_running) {
    check_name(name, "set_limit");
    if (max_running < 0 || max_running > 1'000'000)
        throw error{errc::bad_configuration,
                    "set_limit: max_running is " + std::to_string(max_running) + "; it must be 0 to 1000000"};
    std::string const outcome =
        ask(tx, sql::set_limit, pq::params{txq::name(scope), name, max_running})["outcome"].c_str();
    return outcome == "added"     ? limit_change::added
           : outcome == "changed" ? limit_change::changed
                                  : limit_change::unchanged;
}

bool remove_limit(pqxx::transaction_base& tx, limit_scope scope, std::string_view name) {
    check_name(name, "remove_limit");
    return ask(tx, sql::remove_limit, pq::params{txq::name(scope), name})["found"].as<bool>();
}

} // namespace txq
