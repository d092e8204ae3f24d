// The bugs that the chaos program is shown to find: whether they still fit what they are planted in.

#include <support/catch.hpp>
#include <support/database.hpp>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#ifndef TXQ_PLANTED_BUGS
#define TXQ_PLANTED_BUGS // for the declarations
#endif
#include <txq/detail/embedded.hpp>
#include <txq/detail/planted.hpp>

using namespace txq;

TEST_CASE("every planted bug fits its statement and makes another valid one of it") {
    test::database db;
    std::set<std::string> bugs;
    int number = 0;
    auto const prepare = [&](std::string const& text) {
        db.query("prepare planted" + std::to_string(++number) + " as " + text);
    };
    for (auto const& one : planted::all_changed()) {
        INFO(one.bug << " in " << one.name);
        bugs.insert(one.bug);
        auto const* const* const original =
            std::ranges::find(sql::all, one.name, [](auto const* what) { return std::string{what->name}; });
        REQUIRE(original != std::end(sql::all));
        CHECK(one.text != (*original)->text);
        CHECK_NOTHROW(prepare(one.text));
    }
    CHECK_NOTHROW(prepare(planted::position_only.text));
    CHECK(bugs.size() >= 12);
}

TEST_CASE("every planted bug fits what it changes of the schema") {
    test::database db;
    for (auto const& one : planted::all_schema_changes()) {
        INFO(one);
        CHECK_NOTHROW(db.query(one));
    }
}
