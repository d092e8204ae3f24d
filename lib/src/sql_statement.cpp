#include <txq/detail/sql_statement.hpp>

#include <algorithm>
#include <array>

#include <txq/error.hpp>

namespace txq::program {

namespace {

constexpr std::array types = {"jsonb", "uuid", "uuid", "integer", "integer", "text", "text", "jsonb"};

bool is_digit(char one) { return one >= '0' && one <= '9'; }
bool is_letter(char one) {
    return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || one == '_' ||
           static_cast<unsigned char>(one) >= 0x80;
}
bool is_name(char one) { return is_letter(one) || is_digit(one) || one == '$'; }

char at(std::string_view text, std::size_t position) { return position < text.size() ? text[position] : '\0'; }

/// Where a string in quotes ends that begins at `begin`. A doubled quote ends it and begins another one, which comes
/// to the same.
std::size_t end_of_quoted(std::string_view text, std::size_t begin, bool backslashes) {
    for (auto i = begin + 1; i < text.size(); ++i) {
        if (backslashes && text[i] == '\\')
            ++i;
        else if (text[i] == text[begin])
            return i + 1;
    }
    return text.size();
}

std::size_t end_of_block_comment(std::string_view text, std::size_t begin) {
    int depth = 0;
    for (auto i = begin; i < text.size(); ++i) {
        if (text.substr(i).starts_with("/*"))
            ++depth, ++i;
        else if (text.substr(i).starts_with("*/") && (++i, --depth == 0))
            return i + 1;
    }
    return text.size();
}

/// Where $tag$ ... $tag$ ends; `begin` if no such string begins there.
std::size_t end_of_dollar_quoted(std::string_view text, std::size_t begin) {
    auto i = begin + 1;
    while (is_letter(at(text, i)) || (i > begin + 1 && is_digit(at(text, i)))) ++i;
    if (at(text, i) != '$') return begin;
    auto const tag = text.substr(begin, i + 1 - begin);
    auto const end = text.find(tag, i + 1);
    return end == text.npos ? text.size() : end + tag.size();
}

std::size_t end_of_name(std::string_view text, std::size_t begin) {
    auto i = begin;
    while (is_name(at(text, i))) ++i;
    return i;
}

std::size_t end_of_comment(std::string_view text, std::size_t begin) {
    if (text.substr(begin).starts_with("--")) return std::min(text.find('\n', begin), text.size());
    if (text.substr(begin).starts_with("/*")) return end_of_block_comment(text, begin);
    return begin;
}

/// The end of what stands at `begin` and cannot be or hold a parameter: never less than one character.
std::size_t end_of_token(std::string_view text, std::size_t begin) {
    auto const first = text[begin];
    if (auto const end = end_of_comment(text, begin); end != begin) return end;
    if ((first == 'e' || first == 'E') && at(text, begin + 1) == '\'') return end_of_quoted(text, begin + 1, true);
    if (first == '\'' || first == '"') return end_of_quoted(text, begin, false);
    if (first == '$') return std::max(end_of_dollar_quoted(text, begin), begin + 1);
    if (is_letter(first)) return end_of_name(text, begin);
    return begin + 1;
}

bool is_between_statements(std::string_view text, std::size_t position) {
    constexpr std::string_view blanks = " \t\r\n\f\v;";
    return blanks.find(text[position]) != blanks.npos || end_of_comment(text, position) != position;
}

std::string first_word(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size() && (text[i] == '(' || is_between_statements(text, i)))
        i = std::max(end_of_comment(text, i), i + 1);
    std::string word{text.substr(i, end_of_name(text, i) - i)};
    std::ranges::transform(word, word.begin(),
                           [](char one) { return one >= 'A' && one <= 'Z' ? char(one + 32) : one; });
    return word;
}

[[noreturn]] void reject(std::string const& why) { throw error{errc::bad_configuration, why}; }

void check_command(std::string_view sql) {
    constexpr std::array ending = {"begin", "start",   "commit",    "end",    "rollback",
                                   "abort", "prepare", "savepoint", "release"};
    auto const word = first_word(sql);
    if (word.empty()) reject("there is no statement");
    if (std::ranges::find(ending, word) != ending.end())
        reject("'" + word +
               "' cannot be used: the statement runs in the transaction that completes the job, which the worker ends");
}

/// Its place among the parameters that are sent, from 1 on.
std::size_t place_of(int number, std::vector<int>& parameters) {
    auto const known = std::ranges::find(parameters, number);
    if (known != parameters.end()) return static_cast<std::size_t>(known - parameters.begin()) + 1;
    parameters.push_back(number);
    return parameters.size();
}

std::string as_sent(int number, std::size_t place) {
    return "($" + std::to_string(place) + "::" + types[static_cast<std::size_t>(number) - 1] + ")";
}

void add_parameter(std::string_view digits, job_statement& into) {
    auto const known = digits.size() == 1 && digits.front() >= '1' && digits.front() <= '8';
    if (!known) reject("there is no parameter $" + std::string{digits} + ": they are $1 to $8");
    auto const number = digits.front() - '0';
    into.text += as_sent(number, place_of(number, into.parameters));
}

} // namespace

job_statement prepare_for_jobs(std::string_view sql) {
    check_command(sql);
    job_statement result;
    bool over = false;
    for (std::size_t i = 0; i < sql.size();) {
        auto const begin = i;
        if (over && !is_between_statements(sql, begin)) reject("there is more than one statement");
        if (sql[i] == '$' && is_digit(at(sql, i + 1))) {
            for (++i; is_digit(at(sql, i));) ++i;
            add_parameter(sql.substr(begin + 1, i - begin - 1), result);
        } else {
            over = over || sql[i] == ';';
            i = end_of_token(sql, begin);
            result.text += sql.substr(begin, i - begin);
        }
    }
    return result;
}

std::string with_numbers_of_file(std::string message, job_statement const& sent) {
    for (std::size_t i = 0; i != sent.parameters.size(); ++i) {
        auto const quoted = as_sent(sent.parameters[i], i + 1);
        auto in_file = '$' + std::to_string(sent.parameters[i]);
        in_file.resize(quoted.size(), ' ');
        for (auto found = message.find(quoted); found != message.npos; found = message.find(quoted, found))
            message.replace(found, quoted.size(), in_file);
    }
    return message;
}

} // namespace txq::program
