// What the pages show of files.

#include <support/catch.hpp>
#include <support/markdown.hpp>

#include <program/config.hpp>
#include <scheduler/file/schedule_file.hpp>

using namespace txq::program;
using namespace txq::test;

TEST_CASE("the TOML in the documentation is understood") {
    int found = 0;
    for (auto const& page : documentation())
        for (auto const& block : code_blocks(page, "toml")) {
            INFO(page.string() << ":" << block.line);
            ++found;
            CHECK_NOTHROW(parse_config(block.text + "\n[kind.of_this_test]\nsql = 'select 1'\n", "worker.toml"));
        }
    CHECK(found >= 5);
}

TEST_CASE("the file of schedules in the documentation is one for relays as well") {
    auto const blocks = code_blocks(TXQ_SOURCE_DIR "/docs/schedules.md", "toml");
    REQUIRE_FALSE(blocks.empty());
    auto const read = parse_schedule_file(blocks.front().text, "shop.toml");
    CHECK(read.set.name == "shop");
    REQUIRE(read.set.schedules.size() == 1);
    CHECK(read.set.schedules[0].name == "nightly_report");
}
