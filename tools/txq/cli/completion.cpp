#include <txq/cli/completion.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <vector>

#include <txq/cli/commands.hpp>
#include <txq/cli/output.hpp>

namespace txq::cli {

namespace {

constexpr char examples[] = R"(  source <(txq completion bash)                                  in this shell
  txq completion bash >/usr/share/bash-completion/completions/txq   in all of them
)";

std::vector<CLI::App const*> subcommands(CLI::App const& app) {
    return app.get_subcommands([](CLI::App const*) { return true; });
}

std::vector<CLI::Option const*> named_options(CLI::App const& app) {
    return app.get_options([](CLI::Option const* option) { return option->nonpositional(); });
}

/// The values that an option's check allows, which CLI11 describes as `{one,other}`; empty if it could be anything.
std::string values_of(CLI::Option const& option) {
    auto const described = option.get_type_name();
    auto const open = described.find('{');
    auto const close = described.find('}', open);
    if (open == std::string::npos || close == std::string::npos) return {};
    auto values = described.substr(open + 1, close - open - 1);
    std::ranges::replace(values, ',', ' ');
    return values;
}

std::string words_of(CLI::App const& app) {
    std::vector<std::string> words;
    for (auto const* command : subcommands(app)) words.push_back(command->get_name());
    for (auto const* option : named_options(app))
        for (auto const& name : option->get_lnames()) words.push_back("--" + name);
    for (auto const* argument : app.get_options([](CLI::Option const* one) { return one->get_positional(); }))
        words.push_back(values_of(*argument));
    return joined(words);
}

/// One case for each command, and one for each option that takes a value.
void add_cases(std::string& words, std::string& values, CLI::App const& app, std::string const& path) {
    words += "    '" + path + "') words='" + words_of(app) + "' ;;\n";
    for (auto const* option : named_options(app)) {
        if (option->get_items_expected_max() == 0) continue;
        for (auto const& name : option->get_lnames())
            values += "    '" + path + " --" + name + "') words='" + values_of(*option) + "' ;;\n";
    }
    for (auto const* command : subcommands(app)) add_cases(words, values, *command, path + ' ' + command->get_name());
}

} // namespace

std::string bash_completion(CLI::App const& app) {
    auto const& name = app.get_name();
    std::string words, values;
    add_cases(words, values, app, name);
    return "# bash completion for " + name + ", made by: " + name + " completion bash\n_" + name + R"(() {
  local path=)" +
           name + R"( word i words
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
    -*) ;;
    *) case " $(_)" +
           name + R"(_words "$path") " in *" $word "*) path+=" $word" ;; esac ;;
    esac
  done
  words=$(_)" +
           name + R"(_values "$path ${COMP_WORDS[COMP_CWORD - 1]}") || words=$(_)" + name + R"(_words "$path")
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}

# What may follow a command.
_)" + name +
           R"(_words() {
  local words=
  case $1 in
)" + words +
           R"(  esac
  echo "$words"
}

# What may follow an option; fails for what takes no value.
_)" + name +
           R"(_values() {
  local words=
  case $1 in
)" + values +
           R"(    *) return 1 ;;
  esac
  echo "$words"
}

complete -o default -F _)" +
           name + ' ' + name + '\n';
}

void add_completion(command_line& line) {
    auto const shell = std::make_shared<std::string>();
    auto* const command =
        line.add(nullptr, "completion", "Print a script that completes commands and options", examples);
    command->add_option("SHELL", *shell, "bash")->check(CLI::IsMember({"bash"}))->type_name("")->required();
    line.on(command, [&line, shell] {
        line.io().out << bash_completion(line.app());
        return exit_code::ok;
    });
}

} // namespace txq::cli
