// Every line of the documentation that begins with four blanks and `txq ` is run by a shell, in a migrated database: it
// must be a command that txq understands, whether or not there is what it names.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/markdown.hpp>
#include <support/process.hpp>

#include <fstream>
#include <regex>

using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

constexpr int usage = 2; // exit status

/// With an id where it says ID. Empty if it is no command for this database, or more than that.
std::string command_of(std::string const& line) {
    std::string const indent(4, ' ');
    if (!line.starts_with(indent + "txq ")) return "";
    auto const command =
        std::regex_replace(line.substr(indent.size()), std::regex{R"(\bID\b)"}, "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b");
    for (auto const* other : {" | ", "txq bench", "--database", "..."})
        if (command.find(other) != command.npos) return "";
    return command;
}

} // namespace

TEST_CASE("the commands in the documentation are such as txq understands") {
    database db;
    int commands = 0;
    for (auto const& page : documentation()) {
        std::ifstream file{page};
        int number = 0;
        for (std::string line; std::getline(file, line);) {
            ++number;
            auto const command = command_of(line);
            if (command.empty()) continue;
            process program{
                {"sh", "-c",
                 "TXQ_DATABASE_URL=\"$0\" PATH=\"$1:$PATH\"; export TXQ_DATABASE_URL PATH; " + command + " </dev/null",
                 db.url(), TXQ_PROGRAMS}};
            auto const status = program.wait();
            INFO(page.string() << ':' << number << ": " << command << "\n" << program.output());
            CHECK(status != usage);
            CHECK(status < 126); // the shell's own complaints
            ++commands;
        }
    }
    CHECK(commands > 50);
}
