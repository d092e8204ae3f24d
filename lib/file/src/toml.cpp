#include <txq/detail/toml.hpp>

#include <algorithm>

#include <toml++/toml.h>

#include <txq/detail/utf8.hpp>
#include <txq/error.hpp>

namespace txq::program {

namespace {

using path = std::vector<std::string>;

int line_of(toml::source_region const& region) { return static_cast<int>(region.begin.line); }

[[noreturn]] void fail(toml::source_region const& where, std::string const& why) {
    throw error{errc::bad_configuration, "line " + std::to_string(line_of(where)) + ": " + why};
}

std::string string_of(toml::node const& node) {
    auto const& content = node.as_string()->get();
    if (!is_storable_text(content))
        fail(node.source(), "a string has a \\u0000, which no program and no text can take");
    return content;
}

toml_value strings_of(toml::array const& array, int line) {
    std::vector<std::string> strings;
    std::vector<int> lines;
    for (auto const& element : array) {
        if (!element.is_string()) fail(element.source(), "an array has strings in quotes, with commas between them");
        strings.push_back(string_of(element));
        lines.push_back(line_of(element.source()));
    }
    return {std::move(strings), line, std::move(lines)};
}

toml_value value_of(toml::node const& node) {
    auto const line = line_of(node.source());
    if (node.is_string()) return {string_of(node), line};
    if (auto const* number = node.as_integer()) return {number->get(), line};
    if (auto const* truth = node.as_boolean()) return {truth->get(), line};
    if (node.is_array_of_tables())
        fail(node.source(), "[[double brackets]] are not supported: give each section a name, as in [group.mail]");
    if (auto const* array = node.as_array()) return strings_of(*array, line);
    fail(node.source(), "a value is a \"string\", a whole number, true, false or an array of strings; durations are "
                        "strings, such as \"30s\"");
}

/// Adds a table and those within it. One that has nothing but tables is only a part of their names.
void add_sections(toml::table const& table, path const& name, std::vector<toml_section>& into) {
    toml_section section{name, line_of(table.source()), {}};
    for (auto const& [key, node] : table) {
        auto const* const inner = node.as_table();
        if (!inner || inner->is_inline()) {
            section.values.emplace(key.str(), value_of(node));
            continue;
        }
        auto of_inner = name;
        of_inner.emplace_back(key.str());
        add_sections(*inner, of_inner, into);
    }
    if (name.empty() || table.empty() || !section.values.empty()) into.push_back(std::move(section));
}

toml::table parse(std::string_view text) {
    try {
        return toml::parse(text);
    } catch (toml::parse_error const& wrong) {
        std::string why{wrong.description()};
        if (why.find("table header") != why.npos) why += "; a name with blanks needs quotes, as in [kind.\"A B\"]";
        fail(wrong.source(), why);
    }
}

} // namespace

std::string toml_section::name() const {
    std::string joined;
    for (std::size_t i = 1; i < path.size(); ++i) joined += (i == 1 ? "" : ".") + path[i];
    return joined;
}

std::vector<toml_section> parse_toml(std::string_view text) {
    if (!is_storable_text(text)) throw error{errc::bad_configuration, "the file is not text in UTF-8"};
    auto const root = parse(text);
    std::vector<toml_section> sections;
    add_sections(root, {}, sections);
    auto const in_file_order = [](toml_section const& one) { return one.path.empty() ? 0 : one.line; };
    std::ranges::stable_sort(sections, {}, in_file_order); // the library sorts by name
    return sections;
}

std::vector<toml_section> parse_toml(std::string_view text, std::string const& file) {
    try {
        return parse_toml(text);
    } catch (error const& wrong) { throw error{wrong.code(), file + ", " + wrong.what()}; }
}

} // namespace txq::program
