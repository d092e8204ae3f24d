#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <txq/cli/table.hpp>

namespace txq::cli {

/// A count that was given up at some point, so that counting never takes long.
struct bounded {
    std::int64_t count = 0;
    bool more = false;
};

/// 12,345
std::string people_number(std::int64_t number);
/// 12,345, or 10,000+ where there are more.
std::string people_number(bounded const& number);
/// {"count": 10000, "more": true}
nlohmann::json json_of(bounded const& number);

/// "1 job", "12,345 jobs"
std::string jobs(std::int64_t number);

/// With spaces between them.
std::string joined(std::vector<std::string> const& words);

/// As a word of a shell's command.
std::string shell_quoted(std::string const& word);
/// An option with its value in a shell's command, with a space before it; empty if the value is.
std::string shell_option(std::string const& option, std::string const& value);

/// On one line, and not more than `limit` characters: how it begins and how it ends, which for a command that failed is
/// what it wrote last.
std::string shortened(std::string const& text, std::size_t limit);

/// Indented by two, with a line break at the end; what is not UTF-8 is replaced.
void write_json(std::ostream& out, nlohmann::json const& document);
/// The same with one member of the document written as it is: numbers in jsonb may be larger than any of C++'s.
void write_json(std::ostream& out, nlohmann::json document, std::string const& member, std::string const& raw);

// What a column of a row holds.
std::string text(pqxx::row const& row, char const* column);    ///< empty for null
std::int64_t number(pqxx::row const& row, char const* column); ///< zero for null
bool truth(pqxx::row const& row, char const* column);          ///< false for null
bounded count(pqxx::row const& row, char const* column, char const* more);
std::string age(pqxx::row const& row, char const* column);            ///< of milliseconds; empty for null
nlohmann::json json_text(pqxx::row const& row, char const* column);   ///< or null
nlohmann::json json_number(pqxx::row const& row, char const* column); ///< or null
nlohmann::json json_time(pqxx::row const& row, char const* column);   ///< ISO 8601, or null

nlohmann::json text_or_null(std::string const& text); ///< null for an empty one

} // namespace txq::cli
