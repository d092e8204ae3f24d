#include <support/catch.hpp>

#include <txq/detail/schema.hpp>
#include <txq/embedded_migrations.hpp>
#include <txq/error.hpp>

using namespace txq;
using Catch::Matchers::Contains;

namespace {

migration const first{side::queue, 1, "jobs", "create jobs"};
migration const second{side::queue, 2, "more", "create more"};
migration const third{side::queue, 3, "even_more", "create even more"};
migration const elsewhere{side::outbox, 1, "outbox", "create outbox"};
migration const known[] = {elsewhere, first, second};

applied_migration applied(migration const& what, int oldest_program = 1) {
    return {what.side, what.number, std::string{what.name}, checksum(what.text), oldest_program, "2026-01-31"};
}

std::string numbers(std::vector<migration> const& migrations) {
    std::string text;
    for (auto const& one : migrations) text += std::to_string(one.number) + " ";
    return text;
}

std::string missing(std::vector<applied_migration> const& there) {
    return numbers(missing_migrations(side::queue, known, there));
}

/// The code of the error that is thrown, or "fine".
template <typename Function>
std::string thrown_by(Function function) {
    try {
        function();
        return "fine";
    } catch (error const& failed) {
        INFO(failed.what());
        CHECK(std::string_view{failed.what()}.size() > 20);
        return name(failed.code());
    }
}

std::string check(int needed, std::vector<applied_migration> const& there) {
    return thrown_by([&] { check_schema(side::queue, needed, known, there); });
}

} // namespace

TEST_CASE("migrations are missing that are known and not applied") {
    CHECK(missing({}) == "1 2 ");
    CHECK(missing({applied(first)}) == "2 ");
    CHECK(missing({applied(first), applied(second)}) == "");
}

TEST_CASE("the other side's migrations do not count") {
    CHECK(missing({applied(elsewhere)}) == "1 2 ");
    CHECK(numbers(missing_migrations(side::outbox, known, std::vector{applied(first)})) == "1 ");
}

TEST_CASE("a migration that another tool applied without a checksum is taken to be the same") {
    auto by_another_tool = applied(first);
    by_another_tool.checksum.reset();
    CHECK(missing({by_another_tool}) == "2 ");
}

TEST_CASE("an applied migration with another text or name is an error") {
    auto edited = applied(first);
    edited.checksum = checksum("create jobs differently");
    CHECK(thrown_by([&] { missing({edited}); }) == "migration_changed");

    auto renamed = applied(first);
    renamed.name = "tasks";
    CHECK(thrown_by([&] { missing({renamed}); }) == "migration_changed");
}

TEST_CASE("an applied migration that is not known is an error") {
    CHECK(thrown_by([&] { missing({applied(first), applied(second), applied(third)}); }) == "schema_too_new");
}

TEST_CASE("comparing migrations shows each once with what is the matter with it") {
    auto edited = applied(first);
    edited.checksum = "0";
    std::vector const there{edited, applied(third)};

    auto const states = compare_migrations(side::queue, known, there);

    REQUIRE(states.size() == 3);
    CHECK(states[0].changed());
    CHECK(states[1].missing());
    CHECK(states[2].unknown());
}

TEST_CASE("a program works with the schema it needs and with newer ones that allow it") {
    CHECK(check(1, {applied(first)}) == "fine");
    CHECK(check(1, {applied(first), applied(second)}) == "fine");
    CHECK(check(2, {applied(first), applied(second), applied(third, 2)}) == "fine");
}

TEST_CASE("a program refuses a schema that is missing or too old or too new") {
    CHECK(check(1, {}) == "schema_missing");
    CHECK(check(1, {applied(elsewhere)}) == "schema_missing");
    CHECK(check(2, {applied(first)}) == "schema_too_old");
    CHECK(check(1, {applied(first), applied(second), applied(third, 3)}) == "schema_too_new");
}

TEST_CASE("a checksum depends on every character") {
    CHECK(checksum("") == "cbf29ce484222325");
    CHECK(checksum("a") == "af63dc4c8601ec8c"); // FNV-1a's published value
    CHECK(checksum("select 1;") != checksum("select 1; "));
}

TEST_CASE("every migration that is built in has a number of its own") {
    for (auto const which : {side::outbox, side::queue}) {
        int last = 0;
        for (auto const& one : embedded_migrations) {
            if (one.side != which) continue;
            CHECK(one.number > last);
            last = one.number;
        }
        CHECK(last >= 1);
    }
}
