#include <support/catch.hpp>
#include <support/markdown.hpp>

using namespace txq::test;

TEST_CASE("every link in the documentation leads to a file") {
    for (auto const& page : documentation()) {
        for (auto const& file : linked_files(page)) {
            INFO(page.string() << " links " << file.string());
            CHECK(std::filesystem::exists(file));
        }
    }
}
