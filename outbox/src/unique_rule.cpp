#include "unique_rule.hpp"

#include <set>

#include <txq/detail/utf8.hpp>
#include <txq/error.hpp>

#include "limits.hpp"

namespace txq {

namespace {

[[noreturn]] void refuse(std::string const& why) { throw error{errc::bad_unique, "unique: " + why}; }

void check_text(std::string const& what, std::string const& text, std::size_t limit) {
    if (text.empty() || text.size() > limit)
        refuse(what + " has " + std::to_string(text.size()) + " bytes; it must have 1 to " + std::to_string(limit));
    if (!is_storable_text(text)) refuse(what + " has a NUL or is not UTF-8, which PostgreSQL cannot hold");
}

void check_key(unique const& rule) {
    if (rule.key.empty() == rule.fields.empty()) refuse("give either a key or fields");
    if (!rule.key.empty()) check_text("the key", rule.key, limits::unique_key_bytes);
    if (rule.fields.size() > limits::unique_fields)
        refuse("there are " + std::to_string(rule.fields.size()) + " fields; there can be 1 to " +
               std::to_string(limits::unique_fields));
    for (auto const& field : rule.fields) check_text("a field", field, limits::name_bytes);
}

/// Zero is left out.
void add_period(nlohmann::json& to, char const* name, char const* wire_name, std::chrono::milliseconds period) {
    if (period < period.zero() || period > limits::delay)
        refuse(std::string{name} + " is " + std::to_string(period.count()) +
               " ms; it must be 1 ms to 36500 days (3153600000000 ms)");
    if (period != period.zero()) to[wire_name] = period.count();
}

void add_states(nlohmann::json& to, unique const& rule) {
    for (auto const state : rule.states) {
        if (state == unique::done && rule.within == rule.within.zero())
            refuse("jobs that are done count only within a period; give one");
        to["states"].push_back(name(state));
    }
}

/// Behind the end of the string that begins at `from`.
std::size_t end_of_string(std::string_view json, std::size_t from) {
    auto at = from + 1;
    while (json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    return at + 1;
}

/// The names of an object's members; of anything else, none.
std::set<std::string> member_names(std::string_view json) {
    constexpr auto white = " \t\n\r";
    std::set<std::string> names;
    if (json[json.find_first_not_of(white)] != '{') return names;
    int depth = 0;
    for (std::size_t at = 0; at < json.size(); ++at) {
        if (json[at] == '{' || json[at] == '[') ++depth;
        if (json[at] == '}' || json[at] == ']') --depth;
        if (json[at] != '"') continue;
        auto const end = end_of_string(json, at);
        if (depth == 1 && json[json.find_first_not_of(white, end)] == ':')
            names.insert(nlohmann::json::parse(json.substr(at, end - at)).get<std::string>());
        at = end - 1;
    }
    return names;
}

} // namespace

char const* name(unique::stage which) noexcept {
    switch (which) {
    case unique::waiting: return "waiting";
    case unique::running: return "running";
    case unique::done: return "done";
    }
    return "";
}

char const* name(unique::conflict which) noexcept {
    switch (which) {
    case unique::keep: return "keep";
    case unique::replace: return "replace";
    case unique::postpone: return "postpone";
    }
    return "";
}

nlohmann::json checked_unique(unique const& rule) {
    check_key(rule);
    nlohmann::json written{{"on_conflict", name(rule.on_conflict)}};
    if (rule.fields.empty())
        written["key"] = rule.key;
    else
        written["fields"] = rule.fields;
    add_period(written, "within", "within_ms", rule.within);
    add_states(written, rule);
    if (rule.at_most != rule.at_most.zero() && rule.on_conflict != unique::postpone)
        refuse("at_most bounds how long a job is postponed; give it with postpone");
    add_period(written, "at_most", "at_most_ms", rule.at_most);
    return written;
}

void check_unique_fields(std::optional<unique> const& rule, std::string_view payload) {
    if (!rule || rule->fields.empty()) return;
    auto const names = member_names(payload);
    for (auto const& field : rule->fields)
        if (!names.contains(field)) refuse("the payload has no field " + field);
}

} // namespace txq
