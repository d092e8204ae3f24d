#include "command_for.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

#include <txq/error.hpp>

namespace txq::program {

namespace {

bool is_executable(std::filesystem::path const& file) {
    struct stat found {};
    return ::stat(file.c_str(), &found) == 0 && S_ISREG(found.st_mode) && ::access(file.c_str(), X_OK) == 0;
}

std::filesystem::path found_in_path(std::string const& program) {
    auto const* const value = std::getenv("PATH");
    std::string_view path = value == nullptr ? "/usr/local/bin:/usr/bin:/bin" : value;
    while (!path.empty()) {
        auto const directory = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(directory.size() + 1, path.size()));
        auto file = std::filesystem::path{directory} / program;
        if (file.is_absolute() && is_executable(file)) return file;
    }
    throw error{errc::bad_configuration, "there is no program '" + program + "' in $PATH"};
}

std::filesystem::path find_program(std::string const& program, std::filesystem::path const& directory) {
    if (program.find('/') == std::string::npos) return found_in_path(program);
    auto file = std::filesystem::absolute(directory / program).lexically_normal();
    if (!is_executable(file))
        throw error{errc::bad_configuration, file.string() + " is not a file that can be executed"};
    return file;
}

std::vector<std::string> inherited_environment() {
    std::vector<std::string> variables;
    for (auto** one = environ; one != nullptr && *one != nullptr; ++one) variables.emplace_back(*one);
    return variables;
}

} // namespace

command command_for(std::vector<std::string> arguments, std::filesystem::path const& directory) {
    if (arguments.empty() || arguments.front().empty())
        throw error{errc::bad_configuration, "there is no program to run"};
    auto file = find_program(arguments.front(), directory);
    return {std::move(file), std::move(arguments), inherited_environment()};
}

} // namespace txq::program
