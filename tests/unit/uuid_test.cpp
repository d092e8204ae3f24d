#include <support/catch.hpp>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <txq/uuid.hpp>

TEST_CASE("ids made one after the other rise strictly") {
    auto previous = txq::uuid::v7();
    for (int i = 0; i < 10'000; ++i) {
        auto const next = txq::uuid::v7();
        REQUIRE(previous < next);
        previous = next;
    }
}

TEST_CASE("ids made at once rise strictly, and from those made before to those made after") {
    auto const before = txq::uuid::v7();
    auto made = txq::uuid::v7(10'000);
    REQUIRE(made.size() == 10'000);
    made.insert(made.begin(), before);
    made.push_back(txq::uuid::v7());
    for (std::size_t i = 1; i < made.size(); ++i) REQUIRE(made[i - 1] < made[i]);
    CHECK(txq::uuid::v7(0).empty());
}

TEST_CASE("ids made by several threads at once differ") {
    std::vector<std::vector<txq::uuid>> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& ids : made)
            threads.emplace_back([&ids] {
                for (int i = 0; i < 5'000; ++i) ids.push_back(txq::uuid::v7());
            });
    }
    std::set<txq::uuid> all;
    for (auto const& ids : made) all.insert(ids.begin(), ids.end());
    CHECK(all.size() == 20'000);
}

TEST_CASE("an id says that it is of version 7 and of the RFC's variant") {
    auto const text = txq::uuid::v7().str();
    CHECK(text.size() == 36);
    CHECK(text[14] == '7');
    CHECK(std::string{"89ab"}.find(text[19]) != std::string::npos);
}

TEST_CASE("an id begins with the milliseconds at which it was made") {
    using namespace std::chrono;
    auto const now = [] { return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count(); };
    auto const before = now();
    auto const text = txq::uuid::v7().str();
    auto const made = std::stoll(text.substr(0, 8) + text.substr(9, 4), nullptr, 16);
    CHECK(made >= before);
    CHECK(made <= now() + 1'000); // ids made quickly run ahead of the clock
}

TEST_CASE("an id that was not made is all zero") {
    CHECK(txq::uuid{}.str() == "00000000-0000-0000-0000-000000000000");
    CHECK(txq::uuid{} < txq::uuid::v7());
}

TEST_CASE("an id is read as it is written, in either case") {
    auto const id = txq::uuid::v7();
    CHECK(txq::uuid::parse(id.str()) == id);
    CHECK(txq::uuid::parse("01A20139-498C-7C2B-8592-94B8C9CADE08")->str() == "01a20139-498c-7c2b-8592-94b8c9cade08");
}

TEST_CASE("what is not an id is not read as one") {
    CHECK_FALSE(txq::uuid::parse(""));
    CHECK_FALSE(txq::uuid::parse("01a20139-498c-7c2b-8592-94b8c9cade0"));
    CHECK_FALSE(txq::uuid::parse("01a20139-498c-7c2b-8592-94b8c9cade080"));
    CHECK_FALSE(txq::uuid::parse("01a20139x498c-7c2b-8592-94b8c9cade08"));
    CHECK_FALSE(txq::uuid::parse("01a20139-498c-7c2b-8592-94b8c9cadeg8"));
    CHECK_FALSE(txq::uuid::parse("{1a20139-498c-7c2b-8592-94b8c9cade08}"));
    CHECK_FALSE(txq::uuid::parse(std::string(36, '\0')));
}
