#include <txq/detail/section_reader.hpp>

#include <algorithm>

#include <txq/detail/duration.hpp>

namespace txq::program {

section_reader::section_reader(toml_section const& section, std::string file)
    : section_{section},
      file_{std::move(file)} {}

toml_value const* section_reader::take(std::string const& key) {
    taken_.push_back(key);
    auto const found = section_.values.find(key);
    return found == section_.values.end() ? nullptr : &found->second;
}

template <typename T>
T const* section_reader::take_as(std::string const& key, char const* expected) {
    auto const* const value = take(key);
    if (value == nullptr) return nullptr;
    if (auto const* const content = std::get_if<T>(&value->content)) return content;
    fail(key, std::string{"this should be "} + expected);
}

std::optional<std::string> section_reader::text(std::string const& key) {
    auto const* const value = take_as<std::string>(key, "a string in quotes");
    return value == nullptr ? std::nullopt : std::optional{*value};
}

std::optional<std::chrono::milliseconds> section_reader::duration(std::string const& key, std::string const& least) {
    auto const value = parsed(key, [](std::string const& given) { return parse_duration(given); });
    if (value && *value < parse_duration(least)) fail(key, "this should be at least " + least);
    return value;
}

std::optional<int> section_reader::number(std::string const& key, int least, int most) {
    auto const* const value = take_as<std::int64_t>(key, "a whole number");
    if (value == nullptr) return std::nullopt;
    if (*value < least) fail(key, "this should be at least " + std::to_string(least));
    if (*value > most) fail(key, "this should be at most " + std::to_string(most));
    return static_cast<int>(*value);
}

std::optional<bool> section_reader::truth(std::string const& key) {
    auto const* const value = take_as<bool>(key, "true or false, without quotes");
    return value == nullptr ? std::nullopt : std::optional{*value};
}

std::optional<std::vector<std::string>> section_reader::list(std::string const& key) {
    auto const* const value = take_as<std::vector<std::string>>(key, "an array of strings, such as [\"one\", \"two\"]");
    return value == nullptr ? std::nullopt : std::optional{*value};
}

void section_reader::finish() const {
    for (auto const& [key, value] : section_.values)
        if (std::ranges::find(taken_, key) == taken_.end()) fail(key, "there is no such key in this section");
}

std::string section_reader::header() const {
    std::string joined;
    for (auto const& one : section_.path) joined += (joined.empty() ? "" : ".") + one;
    return joined.empty() ? "" : ", [" + joined + "]";
}

std::string section_reader::place(int line) const {
    return file_ + (line == 0 ? "" : ", line " + std::to_string(line)) + header();
}

std::string section_reader::where() const { return place(section_.line); }

void section_reader::fail(std::string const& why) const { throw error{errc::bad_configuration, where() + ": " + why}; }

std::string section_reader::where(std::string const& key) const {
    auto const found = section_.values.find(key);
    return place(found == section_.values.end() ? section_.line : found->second.line) + ", " + key;
}

void section_reader::fail(std::string const& key, std::string const& why) const {
    throw error{errc::bad_configuration, where(key) + ": " + why};
}

void section_reader::fail(std::string const& key, std::size_t element, std::string const& why) const {
    auto const line = section_.values.at(key).lines.at(element);
    throw error{errc::bad_configuration, place(line) + ", " + key + ": " + why};
}

} // namespace txq::program
