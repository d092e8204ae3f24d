#include <txq/detail/connection_info.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <utility>

#include <libpq-fe.h>

#include <txq/detail/secrets.hpp>
#include <txq/error.hpp>

namespace txq {

namespace {

/// A program that was built in a checkout has a PostgreSQL at hand; an installed one has not.
std::string one_to_try() {
    std::error_code failed;
    auto at = std::filesystem::read_symlink("/proc/self/exe", failed);
    while (!failed && at.has_relative_path()) {
        at = at.parent_path();
        auto const tool = at / "tools/dev/pg";
        if (std::filesystem::exists(tool, failed)) return "; " + tool.string() + " start gives you one to try";
        failed.clear();
    }
    return "; for example --database 'postgresql:///shop?host=/run/postgresql' for the database shop on this machine";
}

/// Whether a value is what it can be. If not, it may be a part of a password: of one with a / or an @ in it that has
/// not been escaped, or of a connection string where only a name was expected.
bool is_plausible(std::string_view key, std::string_view value) {
    auto const holds = [value](auto what) { return value.find(what) != value.npos; };
    if (key == "port") return value.find_first_not_of("0123456789,") == value.npos;
    if (key == "host" || key == "hostaddr") return !holds('@') && !holds("://");
    if (key == "dbname") return !holds("://") && !holds('=');
    return true;
}

/// Whether a URL has an @ in its path that is not escaped. Then what stands before it may be the end of a password with
/// a / in it, and not the name of a database.
bool has_at_in_path(std::string_view text) {
    auto const scheme = text.find("://");
    if (!text.starts_with("postgres") || scheme == text.npos) return false;
    auto const authority = text.substr(scheme + 3);
    auto const host = authority.substr(std::min(authority.find_first_of("@/"), authority.size()));
    auto const path = host.substr(std::min(host.find('/'), host.size()));
    return path.substr(0, path.find('?')).find('@') != path.npos;
}

[[noreturn]] void refuse() {
    throw error{errc::bad_configuration,
                "the database's connection string cannot be understood (not shown here, it may hold a password); "
                "write postgresql://user@host:port/name, with %-escapes for special characters, or key=value pairs"};
}

} // namespace

connection_info connection_info::parse(std::string const& text) {
    // libpq's message may repeat parts of the text, the password among them, so it is not passed on.
    char* message = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const options{PQconninfoParse(text.c_str(), &message),
                                                                               &PQconninfoFree};
    if (message) PQfreemem(message);
    if (!options || has_at_in_path(text)) refuse();
    connection_info info;
    for (auto const* option = options.get(); option->keyword; ++option) {
        if (!option->val) continue;
        if (!is_plausible(option->keyword, option->val)) refuse();
        info.values_[option->keyword] = option->val;
    }
    return info;
}

connection_info connection_info::from_environment(std::string const& text, std::string_view option) {
    if (!text.empty()) return parse(text);
    if (auto const* url = std::getenv("TXQ_DATABASE_URL"); url && *url) return parse(url);
    for (auto const& [variable, key] :
         {std::pair{"PGHOST", "host"}, std::pair{"PGPORT", "port"}, std::pair{"PGDATABASE", "dbname"}})
        if (auto const* value = std::getenv(variable); value && !is_plausible(key, value))
            throw error{errc::bad_configuration,
                        std::string{variable} + " cannot be understood (not shown here, it may hold a password)"};
    for (auto const* variable : {"PGHOST", "PGDATABASE", "PGSERVICE"})
        if (auto const* value = std::getenv(variable); value && *value) return {};
    throw error{errc::no_database,
                "which database? Give " + std::string{option} +
                    " postgresql://user@host/name, or set TXQ_DATABASE_URL or PGHOST and PGDATABASE" + one_to_try()};
}

connection_info& connection_info::set_default(std::string const& key, std::string const& value) {
    values_.emplace(key, value);
    return *this;
}

connection_info& connection_info::set(std::string const& key, std::string const& value) {
    values_[key] = value;
    return *this;
}

std::string connection_info::str() const {
    std::string text;
    for (auto const& [key, value] : values_) {
        if (!text.empty()) text += ' ';
        text += key + "='";
        for (char const c : value) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        text += '\'';
    }
    return text;
}

std::string connection_info::describe() const {
    std::string text;
    for (auto const* key : {"host", "hostaddr", "port", "dbname", "user", "service"}) {
        auto const found = values_.find(key);
        if (found == values_.end()) continue;
        if (!text.empty()) text += ' ';
        text += found->first + '=' + found->second;
    }
    return text.empty() ? "libpq's defaults" : without_passwords(text);
}

} // namespace txq
