#include <support/catch.hpp>

#include <program/retry_words.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using txq::program::parse_rule;
using words = std::vector<std::string>;

namespace {

txq::backoff_policy parse_retry(std::string const& text) {
    return std::get<txq::backoff_policy>(txq::program::parse_retry(text));
}

template <typename Step>
std::string complaint_about(Step step) {
    try {
        step();
    } catch (txq::error const& wrong) {
        CHECK(wrong.code() == txq::errc::bad_configuration);
        return wrong.what();
    }
    return "none";
}

} // namespace

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
    auto const [text, complaint] = GENERATE(table<std::string, std::string>({
        {"", "there should be one of exponential"},
        {"linear", "'linear' is not one of exponential, polynomial, fixed, explicit, discard, dead and hold"},
        {"exponential 2s", "'2s' is not one of first, factor, limit and jitter"},
        {"exponential first", "there should be a duration"},
        {"exponential first 2", "'2' is not a duration"},
        {"exponential factor two", "'two' is not a number"},
        {"exponential factor inf", "'inf' is not a number"},
        {"exponential factor 0.5", "factor is below 1"},
        {"exponential first 1h limit 1s", "limit is below the first delay"},
        {"exponential first 1s jitter 5% first 2s", "first is there twice"},
        {"polynomial jitter 5% jitter 5%", "jitter is there twice"},
        {"polynomial factor 2", "'factor' is not one of first, power, limit and jitter"},
        {"fixed", "there should be a duration"},
        {"fixed 10s 20s", "'20s' is not one of durations and jitter"},
        {"fixed 10s jitter 10", "'10' is not a percentage"},
        {"fixed 10s jitter 110%", "jitter is not within 0 and 1"},
        {"explicit", "the list of delays is empty"},
        {"explicit 1min then 5min", "'then' is not one of"},
    }));
    INFO(text);
    CHECK_THAT(complaint_about([&] { txq::program::parse_retry(text); }), Catch::Matchers::Contains(complaint));
}

TEST_CASE("words can also say that a job is not tried again") {
    using txq::program::parse_retry;
    CHECK(std::holds_alternative<txq::to_dead>(parse_retry("dead")));
    CHECK(std::holds_alternative<txq::to_held>(parse_retry("hold")));
    CHECK(std::get<txq::to_discarded>(parse_retry("discard")).level == txq::log::level::info);
    CHECK(std::get<txq::to_discarded>(parse_retry("discard at warning")).level == txq::log::level::warning);
    CHECK_THAT(complaint_about([] { parse_retry("discard at noon"); }), Catch::Matchers::Contains("debug, info"));
    CHECK_THAT(complaint_about([] { parse_retry("discard at"); }), Catch::Matchers::Contains("a level of the log"));
    CHECK_THAT(complaint_about([] { parse_retry("dead soon"); }), Catch::Matchers::Contains("'soon' is one word"));
}

TEST_CASE("a rule names errors and says what becomes of their jobs") {
    auto const rule = parse_rule("on sqlstate:40* exit:75 message '*timed out*' \"it's *\" then fixed 5s jitter 10%");
    CHECK(rule.types == words{"sqlstate:40*", "exit:75"});
    CHECK(rule.messages == words{"*timed out*", "it's *"});
    CHECK(std::get<txq::fixed_backoff>(std::get<txq::backoff_policy>(rule.then)).delay == 5s);
    CHECK(parse_rule("on message gone then hold").types.empty());
    CHECK(parse_rule("on 'then' 'message' then dead").types == words{"then", "message"});
}

TEST_CASE("words that are no rule are refused with what is missing") {
    auto const [text, complaint] = GENERATE(table<std::string, std::string>({
        {"", "rule: it begins with on"},
        {"sqlstate:40* then dead", "rule: it begins with on"},
        {"on then dead", "there is no error behind on"},
        {"on exit:75", "there should be the word then at the end"},
        {"on exit:75 message then dead", "there is no pattern behind message"},
        {"on exit:75 message x message y then dead", "'message' is not one of then"},
        {"on exit:75 then", "there should be one of exponential"},
        {"on exit:75 '' then dead", "a pattern is empty"},
        {"on message '' then dead", "a pattern is empty"},
        {"on exit:75 then sometimes", "'sometimes' is not one of exponential"},
        {"on 'exit:75 then dead", "the quote in front of exit:75 then dead is not closed"},
        {"on exit:75 then fixed soon", "'soon' is not a duration"},
    }));
    INFO(text);
    CHECK_THAT(complaint_about([&] { parse_rule(text); }), Catch::Matchers::Contains(complaint));
}
