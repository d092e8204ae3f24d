#include <txq/cli/given_time.hpp>

#include <outbox/src/limits.hpp>
#include <txq/cli/output.hpp>
#include <txq/detail/duration.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

[[noreturn]] void reject(char const* option, std::string const& text) {
    throw error{errc::bad_time, option + (" " + text) + ": not a point in time; write 2026-01-31 09:05:00+01"};
}

} // namespace

std::optional<pqxx::row> read_time(session& database, std::string const& text) {
    try {
        return database.run(sql::read_time, pq::params{text})[0];
    } catch (pqxx::sql_error const& failed) {
        if (!failed.sqlstate().starts_with("22")) throw;
        return std::nullopt;
    }
}

std::chrono::system_clock::time_point time_given(session& database, char const* option, std::string const& text) {
    auto const row = read_time(database, text);
    if (!row || (*row)["epoch_us"].is_null()) reject(option, text);
    std::chrono::sys_time<std::chrono::microseconds> const at{std::chrono::microseconds{number(*row, "epoch_us")}};
    // beyond that a time_point of nanoseconds ends
    if (at < limits::first_run_at || at >= limits::end_of_run_at)
        throw error{errc::bad_time, option + (" " + text) + ": it must be a point in time of the years 1970 to 2199"};
    return at;
}

std::chrono::milliseconds duration_given(char const* option, std::string const& text) {
    try {
        return parse_duration(text);
    } catch (error const& wrong) {
        throw error{errc::bad_time, std::string{option} + ": " + wrong.what() + "; it must be 0 to 36500 days"};
    }
}

} // namespace txq::cli
