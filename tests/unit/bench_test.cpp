#include <support/catch.hpp>
#include <support/scratch.hpp>

#include <txq/bench/figures.hpp>
#include <txq/bench/load.hpp>
#include <txq/bench/site.hpp>
#include <txq/bench/tally.hpp>

using namespace txq::bench;

TEST_CASE("the median of several runs is the one in the middle or between the two in the middle") {
    auto const odd = spread_of({3, 1, 2});
    CHECK(odd.median == 2);
    CHECK(odd.least == 1);
    CHECK(odd.most == 3);
    CHECK(spread_of({4, 1, 2, 3}).median == 2.5);
    CHECK(spread_of({7}).median == 7);
}

TEST_CASE("a percentile is a latency that so many of them do not exceed") {
    std::vector<std::int64_t> waits;
    for (std::int64_t i = 1; i <= 100; ++i) waits.push_back(i * 1'000'000);
    auto const found = latency_of(waits);
    CHECK(found.p50 == 50);
    CHECK(found.p95 == 95);
    CHECK(found.p99 == 99);
    CHECK(latency_of({5'000'000}).p50 == 5);
    CHECK(latency_of({}).p99 == 0);
}

TEST_CASE("a payload has the size that was asked for and its number can be read back") {
    for (std::size_t const bytes : {40, 60, 1000, 100'000}) {
        auto const payload = payload_of(123'456, bytes);
        CHECK(payload.size() == bytes);
        CHECK(number_of(payload) == 123'456);
    }
    CHECK(payload_of(7, 0) == "{\"n\": 7}");
    CHECK(number_of("{}") == 0);
}

TEST_CASE("a tally is shared by those who open its file") {
    txq::test::scratch const directory;
    auto const file = directory.path() / "tally";
    auto const watched = tally::create(file, 3);
    auto shared = tally::open(file);
    shared.on_begin(1);
    shared.on_begin(1);
    shared.on_begin(99);
    CHECK(watched.begun() == 3);
    CHECK(watched.begun_again() == 1);
    CHECK(watched.began_at(0) == 0);
    CHECK(watched.began_at(1) > 0);
}

TEST_CASE("statements are put into a script without what stands around them") {
    CHECK(with_statements("a") == "a");
    auto const script = with_statements("x := {{complete_job}}; y := {{complete_job}};");
    CHECK(script.find("--") == std::string::npos);
    CHECK(script.starts_with("x := delete from txq.jobs"));
    CHECK(script.ends_with("returning id;"));
    CHECK_THROWS_AS(with_statements("{{no_such_statement}}"), std::logic_error);
}
