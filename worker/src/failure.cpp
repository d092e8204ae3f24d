#include "failure.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <typeinfo>

#include <txq/detail/pq.hpp>

namespace txq {

namespace {

constexpr std::size_t longest_message = 8192;
constexpr std::size_t longest_type = 512;
constexpr std::size_t longest_source = 256;
constexpr std::size_t most_causes = 8;
constexpr std::size_t longest_cause = 1024;
constexpr std::size_t largest_details = std::size_t{16} * 1024;
constexpr int deepest_details = 32;

std::string readable(char const* mangled) {
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> const name{abi::__cxa_demangle(mangled, nullptr, nullptr, &status),
                                                           &std::free};
    return name ? name.get() : mangled;
}

/// std::throw_with_nested throws a class of the standard library's own that derives from what it was given.
std::string without_nesting(std::string type) {
    for (std::string const wrapper : {"std::_Nested_exception<", "std::__1::__nested<"})
        if (type.starts_with(wrapper) && type.ends_with('>')) {
            type = type.substr(wrapper.size(), type.size() - wrapper.size() - 1);
            while (type.ends_with(' ')) type.pop_back();
        }
    return type;
}

std::string class_of(std::exception const& thrown) { return without_nesting(readable(typeid(thrown).name())); }

/// On a character's border, as printable() leaves it.
std::string cut(std::string const& text, std::size_t limit) {
    return text.size() <= limit ? text : printable(text.substr(0, limit - 9)); // a character cut in two becomes longer
}

/// With texts that jsonb takes, and no deeper than is good for those who read it.
nlohmann::json storable(nlohmann::json const& value, int levels) {
    if (value.is_string()) return printable(value.get<std::string>());
    if (value.is_binary() || value.is_discarded()) return nullptr;
    if (!value.is_structured()) return value;
    if (levels == 0) return "...";
    nlohmann::json result = value.is_array() ? nlohmann::json::array() : nlohmann::json::object();
    for (auto const& [key, element] : value.items()) {
        if (value.is_array())
            result.push_back(storable(element, levels - 1));
        else
            result[printable(key)] = storable(element, levels - 1);
    }
    return result;
}

void apply(error_facts const& facts, job_failure& to) {
    if (!facts.type.empty()) to.type = facts.type;
    if (!facts.source.empty()) to.source = facts.source;
    to.severity = facts.severity;
    to.recoverable = facts.recoverable;
    to.details = storable(facts.details, deepest_details); // a copy of all levels might find no room on the stack
}

/// Without what is nested in it.
job_failure describe_alone(std::exception const& thrown) {
    job_failure result{.type = class_of(thrown), .message = thrown.what()};
    if (auto const* const ours = dynamic_cast<job_error const*>(&thrown)) apply(ours->facts(), result);
    auto const state = pq::sqlstate(thrown);
    if (dynamic_cast<pqxx::failure const*>(&thrown) != nullptr) result.source = "database";
    if (state.empty()) return result;
    result.details = {{"sqlstate", state}, {"exception", result.type}};
    result.type = "sqlstate:" + state;
    result.message = "[" + state + "] " + result.message;
    return result;
}

/// Of what was nested: the first one that says something of itself speaks for the whole, but for its type.
void add_cause(job_failure& to, std::exception const& nested, bool& knows) {
    auto const inner = describe_alone(nested);
    if (auto const* const ours = dynamic_cast<job_error const*>(&nested); ours && !knows) {
        auto type = std::move(to.type);
        apply(ours->facts(), to);
        to.type = std::move(type);
        knows = true;
    }
    to.causes.push_back({cut(printable(inner.type), longest_type), cut(printable(inner.message), longest_cause)});
}

void add_nested(job_failure& to, std::exception const& outer, bool knows) {
    if (to.causes.size() >= most_causes) return;
    try {
        std::rethrow_if_nested(outer);
    } catch (std::exception const& nested) {
        add_cause(to, nested, knows);
        add_nested(to, nested, knows);
    } catch (...) { to.causes.push_back({"unknown", "something was thrown that is not a std::exception"}); }
}

std::string or_word(std::string const& text, char const* word) { return text.empty() ? word : text; }

} // namespace

char const* name(severity how_bad) noexcept {
    switch (how_bad) {
    case severity::info: return "info";
    case severity::warning: return "warning";
    case severity::error: return "error";
    case severity::critical: return "critical";
    }
    return "error";
}

std::string printable(std::string text) {
    if (text.size() > longest_message) text = text.substr(0, longest_message - 4) + " ...";
    for (auto& c : text)
        if (c == '\0') c = ' ';
    // the writer of JSON knows how to replace what is not UTF-8, a character cut in two included
    auto const replaced = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(replaced).get<std::string>();
}

job_failure describe(std::exception_ptr const& thrown) {
    job_failure result;
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& error) {
        result = describe_alone(error);
        add_nested(result, error, dynamic_cast<job_error const*>(&error) != nullptr);
    } catch (...) { result = {.type = "unknown", .message = "something was thrown that is not a std::exception"}; }
    result.type = or_word(cut(printable(result.type), longest_type), "unknown");
    result.source = or_word(cut(printable(result.source), longest_source), "handler");
    result.message = printable(result.message);
    return result;
}

job_failure own_failure(std::string type, std::string message, severity how_bad) {
    return {.type = std::move(type), .message = printable(std::move(message)), .severity = how_bad, .source = "txq"};
}

namespace {

nlohmann::json stored_details(job_failure const& error) {
    auto const& given = error.details;
    auto document = given.is_object() ? storable(given, deepest_details)
                    : given.is_null() ? nlohmann::json::object()
                                      : nlohmann::json{{"value", storable(given, deepest_details - 1)}};
    if (auto const bytes = document.dump().size(); bytes > largest_details)
        document = {{"left_out", "the details had " + std::to_string(bytes) + " bytes; 16384 at most are kept"}};
    if (!error.causes.empty()) document["causes"] = nlohmann::json::array();
    for (auto const& one : error.causes) document["causes"].push_back({{"type", one.type}, {"message", one.message}});
    return document;
}

} // namespace

std::string stored_error(job_failure const& error) {
    nlohmann::json document{{"type", error.type},
                            {"severity", name(error.severity)},
                            {"recoverable", error.recoverable},
                            {"source", error.source}};
    if (auto details = stored_details(error); !details.empty()) document["details"] = std::move(details);
    return document.dump();
}

} // namespace txq
