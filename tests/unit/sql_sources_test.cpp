// Where the product sends SQL from: statements are files of sql/ with parameters, and nothing else is.

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

#include <support/catch.hpp>

namespace {

constexpr char const* product[] = {"lib", "outbox", "worker", "relay", "scheduler", "testing", "tools/txq"};

/// The sources with a line of code that the pattern is found in.
std::set<std::string> sources_with(std::regex const& pattern) {
    std::filesystem::path const root{TXQ_SOURCE_DIR};
    std::set<std::string> found;
    for (auto const* directory : product) {
        for (auto const& entry : std::filesystem::recursive_directory_iterator{root / directory}) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
            std::ifstream file{entry.path()};
            for (std::string line; std::getline(file, line);)
                if (line.find("///") == line.npos && std::regex_search(line, pattern))
                    found.insert(std::filesystem::relative(entry.path(), root));
        }
    }
    return found;
}

} // namespace

TEST_CASE("what hands text to a server as SQL are the few places that have statements and scripts of txq's own") {
    CHECK(sources_with(std::regex{R"((\.|->)(exec|query|stream|prepare)\w*\()"}) ==
          std::set<std::string>{
              "lib/src/pq.cpp", "lib/src/session.cpp", "outbox/src/enqueue.cpp", // statements of sql/
              "testing/src/database_jobs.cpp",                                   // savepoints
              "tools/txq/bench/holder.cpp", "tools/txq/bench/site.cpp",          // tables of the bench
              "tools/txq/cli/migrator.cpp",                                      // migrations
              "worker/program/sql_handler.cpp",                                  // its error's text
          });
    CHECK(sources_with(std::regex{R"(PQ(exec|send|prepare)\w*\()"}).empty());
}

TEST_CASE("a statement that is not one of txq's own is the operator's, of a worker's file") {
    CHECK(sources_with(std::regex{R"(\bstatement\{)"}) == std::set<std::string>{"worker/program/sql_handler.cpp"});
}

TEST_CASE("no text is put together where SQL is sent") {
    CHECK(sources_with(std::regex{R"(\bexec\w*\([^;]*" ?\+|\bexec\w*\([^;]*\+ ?")"}).empty());
}
