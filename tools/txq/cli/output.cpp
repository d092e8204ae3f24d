#include <txq/cli/output.hpp>

#include <ostream>

#include <txq/cli/time.hpp>
#include <txq/uuid.hpp>

namespace txq::cli {

namespace {

std::string dumped(nlohmann::json const& document) {
    return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Where the character number `wanted` begins, from 0 on.
std::size_t place_of_character(std::string const& text, std::size_t wanted) {
    std::size_t at = 0;
    for (; at < text.size(); ++at)
        if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80 && wanted-- == 0) break;
    return at;
}

} // namespace

std::string people_number(std::int64_t number) {
    auto digits = std::to_string(number);
    auto const first = digits.starts_with('-') ? std::size_t{1} : 0;
    for (auto at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
    return digits;
}

std::string people_number(bounded const& number) { return people_number(number.count) + (number.more ? "+" : ""); }

nlohmann::json json_of(bounded const& number) { return {{"count", number.count}, {"more", number.more}}; }

std::string jobs(std::int64_t number) { return people_number(number) + (number == 1 ? " job" : " jobs"); }

std::string joined(std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string shell_quoted(std::string const& word) {
    std::string text = "'";
    for (auto const c : word) text += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    return text + '\'';
}

std::string shell_option(std::string const& option, std::string const& value) {
    return value.empty() ? "" : " " + option + ' ' + shell_quoted(value);
}

std::string shortened(std::string const& text, std::size_t limit) {
    auto const line = one_line(text);
    if (width(line) <= limit) return line;
    constexpr std::string_view gap = " ... ";
    auto const ends_with = (limit - gap.size()) / 2;
    auto const begins_with = limit - gap.size() - ends_with;
    return line.substr(0, place_of_character(line, begins_with)) + std::string{gap} +
           line.substr(place_of_character(line, width(line) - ends_with));
}

void write_json(std::ostream& out, nlohmann::json const& document) { out << dumped(document) << '\n'; }

void write_json(std::ostream& out, nlohmann::json document, std::string const& member, std::string const& raw) {
    auto const place = uuid::v7().str(); // which occurs nowhere else
    document[member] = place;
    auto text = dumped(document);
    text.replace(text.find(place) - 1, place.size() + 2, raw);
    out << text << '\n';
}

std::string text(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? std::string{} : std::string{row[column].c_str()};
}

std::int64_t number(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? 0 : row[column].as<std::int64_t>();
}

bool truth(pqxx::row const& row, char const* column) { return !row[column].is_null() && row[column].as<bool>(); }

bounded count(pqxx::row const& row, char const* column, char const* more) {
    return {number(row, column), truth(row, more)};
}

std::string age(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? "" : people_age(std::chrono::milliseconds{number(row, column)});
}

nlohmann::json text_or_null(std::string const& text) { return text.empty() ? nlohmann::json{} : nlohmann::json(text); }

nlohmann::json json_text(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? nlohmann::json{} : nlohmann::json(text(row, column));
}

nlohmann::json json_number(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? nlohmann::json{} : nlohmann::json(number(row, column));
}

nlohmann::json json_time(pqxx::row const& row, char const* column) {
    return row[column].is_null() ? nlohmann::json{} : nlohmann::json(iso_time(text(row, column)));
}

} // namespace txq::cli
