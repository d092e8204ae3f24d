#include <txq/cli/role_scripts.hpp>

#include <algorithm>

#include <txq/embedded_roles.hpp>

namespace txq::cli {

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

bool may_be_in_a_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"_-.@"}.find(c) != std::string_view::npos;
}

/// As psql does with its variables. Names have neither of the quotes.
std::string for_role(statement const& script, std::string const& name) {
    return replaced(replaced(script.text, ":\"role\"", '"' + name + '"'), ":'role'", '\'' + name + '\'');
}

} // namespace

std::vector<role_rights> const& all_role_rights() {
    static std::vector<role_rights> const all{
        {side::outbox, "producer", &roles::outbox_producer}, {side::outbox, "relay", &roles::outbox_relay},
        {side::outbox, "operator", &roles::outbox_operator}, {side::outbox, "reader", &roles::outbox_reader},
        {side::queue, "relay", &roles::queue_relay},         {side::queue, "worker", &roles::queue_worker},
        {side::queue, "operator", &roles::queue_operator},   {side::queue, "reader", &roles::queue_reader}};
    return all;
}

std::string role_name_problem(std::string const& name) {
    if (name.empty() || name.size() > 63) return "a role's name has 1 to 63 bytes";
    if (!std::ranges::all_of(name, may_be_in_a_name))
        return "'" + name + "' is no name for a role here: letters, digits, _, -, . and @ can be in it";
    if (name.starts_with("pg_") || name == "public" || name == "none") return "PostgreSQL reserves the name " + name;
    return "";
}

std::string create_role_script(std::string const& name) { return for_role(roles::create_role, name); }

std::string grant_script(role_rights const& rights, std::string const& name) { return for_role(*rights.grants, name); }

} // namespace txq::cli
