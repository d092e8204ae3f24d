#include <support/catch.hpp>
#include <support/schedule.hpp>

#include <fstream>
#include <iterator>
#include <regex>

TEST_CASE("every schedule in words that its page shows is understood") {
    std::ifstream page{TXQ_SOURCE_DIR "/docs/schedules.md"};
    std::string const text{std::istreambuf_iterator<char>{page}, {}};
    std::regex const shown{"`(every [^`]+)`"};
    auto count = 0;
    for (std::sregex_iterator one{text.begin(), text.end(), shown}, end; one != end; ++one, ++count) {
        INFO((*one)[1].str());
        CHECK_NOTHROW(txq::schedules::parse((*one)[1].str()));
    }
    CHECK(count > 20);
}
