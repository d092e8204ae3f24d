#include "settings_call.hpp"

#include <string>

#include <txq/detail/schema_missing.hpp>
#include <txq/error.hpp>

namespace txq {

namespace {

/// A value that the function refuses, or bytes that are no text in the connection's encoding.
bool is_about_values(std::string const& state) { return state == "22023" || state == "22021" || state == "22P05"; }

} // namespace

void check_name(std::string_view name, char const* caller, char const* what) {
    if (name.empty() || name.size() > 128 || name.find('\0') != name.npos)
        throw error{errc::bad_configuration,
                    std::string{caller} + ": the name of " + what + " has 1 to 128 bytes, none of them zero"};
}

void check_range(std::optional<int> value, char const* caller, char const* what, int least, int most) {
    if (!value || (*value >= least && *value <= most)) return;
    throw error{errc::bad_configuration, std::string{caller} + ": " + what + " is " + std::to_string(*value) +
                                             "; it must be " + std::to_string(least) + " to " + std::to_string(most)};
}

pqxx::row call_setting(pqxx::transaction_base& tx, statement const& what, pq::params const& with, char const* part) {
    try {
        return pq::exec(tx, what, with)[0];
    } catch (pqxx::sql_error const& failed) {
        if (is_about_values(pq::sqlstate(failed))) throw error{errc::bad_configuration, pq::complaint(failed, "txq.")};
        pq::explain_missing_schema(tx.conn(), failed,
                                   "has no " + std::string{part} +
                                       " of txq; is it the queue's database? If so, run: txq migrate --side queue");
        pq::explain_missing_privilege(tx.conn(), failed, pq::grant_of_function(tx.conn(), what.name));
        throw;
    }
}

} // namespace txq
