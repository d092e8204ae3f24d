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
};

/// The keys between one [header] and the next; those above the first header have an empty path.
struct toml_section {
    /// What the header says, without quotes: {"kind", "send.mail"} for [kind."send.mail"].
    std::vector<std::string> path;
    int line = 0;
    std::map<std::string, toml_value> values;
};

/// Reads the part of TOML 1.0 that a worker's file needs: comments, [headers] of bare and quoted keys, strings of all
/// four forms, whole numbers, booleans, and arrays of strings over as many lines as they take. The first section of
/// the result is the one without a header. Whatever else there is, the rest of TOML included, is refused and never
/// skipped or guessed at: throws error (bad_configuration), which begins with "line 12: ".
std::vector<toml_section> parse_toml(std::string_view text);

} // namespace txq::program
