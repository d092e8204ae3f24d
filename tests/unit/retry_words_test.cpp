#include <support/catch.hpp>

#include <program/retry_words.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using txq::program::parse_retry;

TEST_CASE("a policy is a name and then what differs from its defaults") {
    auto const plain = std::get<txq::exponential_backoff>(parse_retry("exponential"));
    CHECK(plain.first == 1s);
    CHECK(plain.limit == 1h);

    auto const all =
        std::get<txq::exponential_backoff>(parse_retry(" exponential first 2s\tfactor 1.5 limit 10min jitter 25% "));
    CHECK(all.first == 2s);
    CHECK(all.factor == 1.5);
    CHECK(all.limit == 10min);
    CHECK(all.jitter == 0.25);

    auto const polynomial = std::get<txq::polynomial_backoff>(parse_retry("polynomial power 3 first 500ms limit 1d"));
    CHECK(polynomial.first == 500ms);
    CHECK(polynomial.power == 3);
    CHECK(polynomial.limit == 24h);
}

TEST_CASE("a fixed policy has one delay and an explicit one has a list") {
    auto const fixed = std::get<txq::fixed_backoff>(parse_retry("fixed 10s jitter 50%"));
    CHECK(fixed.delay == 10s);
    CHECK(fixed.jitter == 0.5);

    auto const list = std::get<txq::explicit_backoff>(parse_retry("explicit 1min 5min 1h"));
    CHECK(list.delays == std::vector<std::chrono::milliseconds>{1min, 5min, 1h});
    CHECK(list.jitter == 0);
}

TEST_CASE("words that are no policy are refused with what they might be") {
    auto const [words, complaint] = GENERATE(table<std::string, std::string>({
        {"", "there should be a word"},
        {"linear", "'linear' is not one of exponential, polynomial, fixed and explicit"},
        {"exponential 2s", "'2s' is not one of first, factor, limit and jitter"},
        {"exponential first", "there should be a duration"},
        {"exponential first 2", "'2' is not a duration"},
        {"exponential factor two", "'two' is not a number"},
        {"exponential factor inf", "'inf' is not a number"},
        {"exponential factor 0.5", "factor is below 1"},
        {"exponential first 1h limit 1s", "limit is below the first delay"},
        {"polynomial factor 2", "'factor' is not one of first, power, limit and jitter"},
        {"fixed", "there should be a duration"},
        {"fixed 10s 20s", "'20s' is not one of durations and jitter"},
        {"fixed 10s jitter 10", "'10' is not a percentage"},
        {"fixed 10s jitter 110%", "jitter is not within 0 and 1"},
        {"explicit", "the list of delays is empty"},
        {"explicit 1min then 5min", "'then' is not one of"},
    }));
    INFO(words);
    try {
        parse_retry(words);
        FAIL("accepted");
    } catch (txq::error const& wrong) {
        CHECK(wrong.code() == txq::errc::bad_configuration);
        CHECK_THAT(wrong.what(), Catch::Matchers::Contains(complaint));
    }
}
