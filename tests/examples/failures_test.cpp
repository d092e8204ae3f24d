#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <support/catch.hpp>
#include <support/markdown.hpp>

using namespace txq::test;

namespace {

std::set<std::string> names_of_tests() {
    static std::regex const test{R"-(TEST_CASE\(\s*"([^"]+)")-"};
    std::set<std::string> names;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{TXQ_SOURCE_DIR "/tests"}) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream file{entry.path()};
        std::string const text{std::istreambuf_iterator<char>{file}, {}};
        for (std::sregex_iterator found{text.begin(), text.end(), test}; found != std::sregex_iterator{}; ++found)
            names.insert((*found)[1].str());
    }
    return names;
}

} // namespace

TEST_CASE("every test that the page of failures names is there") {
    auto const names = names_of_tests();
    auto const named = italics_in_tables(TXQ_SOURCE_DIR "/docs/failures.md");
    CHECK_FALSE(named.empty());
    for (auto const& name : named) {
        INFO(name);
        CHECK(names.contains(name));
    }
}
