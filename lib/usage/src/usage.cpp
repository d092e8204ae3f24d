#include <txq/detail/usage.hpp>

#include <algorithm>
#include <numeric>
#include <sstream>

#include <txq/detail/secrets.hpp>

namespace txq::usage {

namespace {

constexpr std::size_t most_letters_to_change = 2;

/// How many letters have to be added, left out or replaced to make one word of the other.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            auto const replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

/// The command that was given, as far as it could be understood.
CLI::App const& given_command(CLI::App const& app) {
    auto const given = app.get_subcommands();
    return given.empty() ? app : given_command(*given.front());
}

std::string full_name(CLI::App const& command) {
    auto const* const parent = command.get_parent();
    return (parent ? full_name(*parent) + ' ' : "") + command.get_name();
}

std::vector<std::string> commands_of(CLI::App const& app) {
    std::vector<std::string> names;
    for (auto const* one : app.get_subcommands([](CLI::App const*) { return true; })) names.push_back(one->get_name());
    return names;
}

std::vector<std::string> options_of(CLI::App const& app) {
    std::vector<std::string> names;
    for (auto const* one : app.get_options([](CLI::Option const* option) { return !option->get_group().empty(); }))
        for (auto const& name : one->get_lnames()) names.push_back("--" + name);
    return names;
}

std::string suggestion(std::string_view word, std::vector<std::string> const& words) {
    auto const meant = closest(word, words);
    return meant.empty() ? "" : "; did you mean " + meant + "?";
}

std::string explain_surplus(CLI::App const& command, std::vector<std::string> const& surplus) {
    for (auto const& word : surplus) {
        if (!word.starts_with('-') || word == "-" || word == "--") continue;
        auto const name = word.substr(0, word.find('='));
        return "there is no option " + name + suggestion(name, options_of(command));
    }
    auto const& word = surplus.front();
    auto const commands = commands_of(command);
    if (!commands.empty())
        return "there is no command '" + full_name(command) + ' ' + word + '\'' + suggestion(word, commands);
    return "'" + word + "' is an argument too many";
}

std::vector<std::string> split(std::string const& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream rest{text};
    for (std::string part; std::getline(rest, part, separator);) parts.push_back(part);
    return parts;
}

/// `--state: gone not in {dead,ready}`, as CLI::IsMember has it.
std::string explain_value(std::string const& message) {
    constexpr std::string_view separator = " not in {";
    auto const name_ends = message.find(": ");
    auto const value_ends = message.find(separator);
    auto const list_ends = message.find('}', value_ends);
    if (name_ends == message.npos || value_ends == message.npos || list_ends == message.npos) return message;
    auto const value = message.substr(name_ends + 2, value_ends - name_ends - 2);
    auto const list_begins = value_ends + separator.size();
    auto const values = split(message.substr(list_begins, list_ends - list_begins), ',');
    std::string listed;
    for (auto const& one : values) listed += (listed.empty() ? "" : ", ") + one;
    return message.substr(0, name_ends) + ": '" + value + "' is none of " + listed + suggestion(value, values);
}

/// `Could not convert: --priority = x`. Whatever our options convert is a number.
std::string explain_conversion(std::string const& message) {
    auto const name = message.find(": ");
    auto const value = message.find(" = ");
    if (name == message.npos || value == message.npos || value < name) return message;
    return message.substr(name + 2, value - name - 2) + ": '" + message.substr(value + 3) + "' is not a whole number";
}

std::string what_is_wrong(CLI::App const& command, CLI::ParseError const& wrong) {
    auto const surplus = command.remaining();
    switch (static_cast<CLI::ExitCodes>(wrong.get_exit_code())) {
    case CLI::ExitCodes::ExtrasError:
        if (!surplus.empty()) return explain_surplus(command, surplus);
        return wrong.what();
    case CLI::ExitCodes::RequiredError:
        if (commands_of(command).empty()) return wrong.what();
        return surplus.empty() ? "which command?" : explain_surplus(command, surplus);
    case CLI::ExitCodes::ValidationError: return explain_value(wrong.what());
    case CLI::ExitCodes::ConversionError: return explain_conversion(wrong.what());
    default: return wrong.what();
    }
}

} // namespace

std::string closest(std::string_view word, std::vector<std::string> const& words) {
    for (auto const& one : words)
        if (word.size() >= 2 && word != "--" && one.starts_with(word)) return one;
    auto const nearest = std::ranges::min_element(words, {}, [&](auto const& one) { return distance(word, one); });
    if (nearest == words.end() || distance(word, *nearest) > most_letters_to_change) return "";
    return nearest->size() > most_letters_to_change ? *nearest : "";
}

std::string explain(CLI::App const& app, CLI::ParseError const& wrong) {
    auto const& command = given_command(app);
    return app.get_name() + ": " + without_passwords(what_is_wrong(command, wrong)) + "\nsee: " + full_name(command) +
           " --help\n";
}

} // namespace txq::usage
