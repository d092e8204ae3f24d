#include <txq/cli/failure.hpp>

#include <string_view>

#include <txq/cli/command_line.hpp>
#include <txq/detail/session.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

/// Without the line breaks that libpq ends its messages with.
std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

/// What to do about an error of the database's, where that is not plain from its own message.
std::string_view advice(std::string_view sqlstate) {
    if (sqlstate == "57014")
        return "; it took too long: the database is busy or locked, see `txq status`, and try again";
    if (sqlstate == "55P03") return "; it gave up soon so that others need not wait behind it: try again";
    for (auto const* missing : {"42P01", "42703", "42883", "3F000"}) // table, column, function, schema
        if (sqlstate == missing) return "; is the schema the one that this program knows? See: txq migrate --status";
    if (sqlstate == "25006") return "; this is a standby: name the primary";
    return "";
}

std::string what_to_grant(std::string const& role) {
    return "; this is " + (role.empty() ? std::string{"a role"} : role) +
           ", which lacks a privilege: connect as one that may operate txq, or let the owner of the schema txq give it "
           "the rights that `txq roles` prints (docs/operating.md, Roles)";
}

} // namespace

failure explain(std::exception const& failed, std::string const& role) {
    if (dynamic_cast<error const*>(&failed)) return {failed.what(), exit_code::of(failed)};
    auto const message = trimmed(failed.what());
    if (auto const* sql = dynamic_cast<pqxx::sql_error const*>(&failed)) {
        if (pq::sqlstate(failed) == missing_privilege) return {message + what_to_grant(role), exit_code::failed};
        auto const status = classify(failed) == fault::connection ? exit_code::no_database : exit_code::failed;
        return {message + std::string{advice(sql->sqlstate())}, status};
    }
    switch (classify(failed)) {
    case fault::connection: return {"cannot reach the database: " + message, exit_code::no_database};
    case fault::in_doubt:
        return {"the connection was lost during the commit, so it is not known whether anything was changed; "
                "look before trying again: " +
                    message,
                exit_code::failed};
    default: return {message, exit_code::failed};
    }
}

} // namespace txq::cli
