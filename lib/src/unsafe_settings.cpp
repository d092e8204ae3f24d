#include <txq/detail/unsafe_settings.hpp>

#include <mutex>
#include <set>

#include <txq/log.hpp>

namespace txq {

namespace {

bool is_first(std::string const& where) {
    static std::mutex mutex;
    static std::set<std::string> said;
    std::lock_guard const lock{mutex};
    return said.insert(where).second;
}

} // namespace

std::string unsafe_settings(session& database) {
    auto const row = database.run(sql::unsafe_settings)[0];
    return row["settings"].is_null() ? "" : row["settings"].c_str();
}

void warn_of_unsafe_settings(session& database, std::string const& where) {
    auto const settings = unsafe_settings(database);
    if (!settings.empty() && is_first(where))
        log::warning("the server may forget jobs that were committed when its machine crashes: turn its settings on",
                     {{"database", where}, {"settings", settings}});
}

} // namespace txq
