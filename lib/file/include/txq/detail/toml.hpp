#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace txq::program {

/// A value of a TOML file, and where it stands.
struct toml_value {
    std::variant<std::string, std::int64_t, bool, std::vector<std::string>> content;
    int line = 0;
    /// Of each element, if it is an array.
    std::vector<int> lines{};
};

/// The keys of one table; those above the first [header] have an empty path.
struct toml_section {
    /// What the header says, without quotes: {"kind", "send.mail"} for [kind."send.mail"].
    std::vector<std::string> path;
    int line = 0;
    std::map<std::string, toml_value> values;

    /// What stands behind the first word of the header: [kind.send.mail] and [kind."send.mail"] are the same kind,
    /// because kinds often have dots.
    std::string name() const;
};

/// Reads TOML as far as the programs' files need it: sections of strings, whole numbers, booleans and arrays of
/// strings. The sections are in the order of the file, the one without a header first. Other types of values are
/// refused: throws error (bad_configuration), which begins with "line 12: ".
std::vector<toml_section> parse_toml(std::string_view text);

/// The same for the text of a file, which the error names first.
std::vector<toml_section> parse_toml(std::string_view text, std::string const& file);

} // namespace txq::program
