#include <support/catch.hpp>

#include <worker/src/claimed_jobs.hpp>
#include <worker/src/ending.hpp>

using namespace std::chrono_literals;
using namespace txq;

namespace {

retry_policy const ten_seconds = fixed_backoff{.delay = 10s};

raw_job on_attempt(int attempt, int of) {
    raw_job job;
    job.attempt = attempt;
    job.max_attempts = of;
    return job;
}

ending after(outcome const& returned, int attempt = 1) { return ending_of(on_attempt(attempt, 3), returned); }

ending after(job_failure const& thrown, stop_reason why = stop_reason::none, int attempt = 1) {
    return ending_of(on_attempt(attempt, 3), thrown, why, ten_seconds, 0.5);
}

job_failure const refused{.type = "std::runtime_error", .message = "refused"};

} // namespace

TEST_CASE("what a handler returned decides") {
    CHECK(after(outcome::complete()).state == ending::state::completed);
    CHECK(after(outcome::discard("gone")).state == ending::state::discarded);
    CHECK(after(outcome::discard("gone")).error->message == "gone");
    CHECK(after(outcome::discard("gone")).error->type == "discarded");
    CHECK_FALSE(after(outcome::discard("gone")).failed);
    CHECK(after(outcome::snooze(5min)).state == ending::state::scheduled);
    CHECK(after(outcome::snooze(5min)).delay == 5min);
    CHECK(after(outcome::snooze(5min)).refund);
    CHECK(after(outcome::snooze(-1s)).delay == 0s);
    CHECK(after(outcome::snooze(std::chrono::milliseconds::max())).delay == 24h * 36'500);
    CHECK(after(outcome::retry_after(7s, "429")).delay == 7s);
    CHECK_FALSE(after(outcome::retry_after(7s, "429")).refund);
}

TEST_CASE("a delay that is meant to be endless is one that the database can hold") {
    CHECK(after(outcome::snooze(std::chrono::milliseconds::max())).delay == 24h * 36'500);
    CHECK(after(outcome::retry_after(std::chrono::milliseconds::max(), "never")).delay == 24h * 36'500);
}

TEST_CASE("a failed attempt waits for the next until there is none left") {
    CHECK(after(refused).state == ending::state::scheduled);
    CHECK(after(refused).delay == 10s);
    CHECK(after(refused, stop_reason::none, 2).state == ending::state::scheduled);
    CHECK(after(refused, stop_reason::none, 3).state == ending::state::dead);
    CHECK(after(outcome::retry_after(7s, "429"), 3).state == ending::state::dead);
}

TEST_CASE("a permanent error is the end whatever attempts are left") {
    auto const result = after({.type = "txq::permanent_error", .message = "no such account", .recoverable = false});
    CHECK(result.state == ending::state::dead);
    CHECK(result.error->message == "no such account");
}

TEST_CASE("why a handler was stopped decides what its error means") {
    CHECK(after(refused, stop_reason::timeout).error->type == "timeout");
    CHECK(after(refused, stop_reason::timeout).state == ending::state::scheduled);
    CHECK(after(refused, stop_reason::timeout, 3).state == ending::state::dead);
    CHECK(after(refused, stop_reason::cancelled).state == ending::state::cancelled);
    for (auto const given_back : {stop_reason::shutdown, stop_reason::lease_lost}) {
        CHECK(after(refused, given_back, 3).state == ending::state::ready);
        CHECK(after(refused, given_back, 3).refund);
        CHECK_FALSE(after(refused, given_back, 3).error);
        CHECK_FALSE(after(refused, given_back, 3).failed);
    }
}

TEST_CASE("the policy decides whether a failed job is tried again or dead or held or discarded") {
    retry_policy const policy{{{.types = {"exit:75"}, .then = fixed_backoff{3s}},
                               {.types = {"exit:64"}, .then = to_dead{}},
                               {.types = {"exit:66"}, .then = to_discarded{log::level::debug}}},
                              to_held{}};
    auto const after_type = [&](char const* type) {
        return ending_of(on_attempt(1, 3), job_failure{.type = type}, stop_reason::none, policy, 0.5);
    };
    CHECK(after_type("exit:75").state == ending::state::scheduled);
    CHECK(after_type("exit:75").delay == 3s);
    CHECK(after_type("exit:64").state == ending::state::dead);
    CHECK(after_type("exit:64").level == log::level::error);
    CHECK(after_type("exit:66").state == ending::state::discarded);
    CHECK(after_type("exit:66").level == log::level::debug);
    CHECK(after_type("exit:1").state == ending::state::held);
    CHECK(after_type("exit:1").failed);
    auto const last = ending_of(on_attempt(3, 3), job_failure{.type = "exit:75"}, stop_reason::none, policy, 0.5);
    CHECK(last.state == ending::state::dead);
}

TEST_CASE("a timeout is its own type and keeps what stopping came to") {
    retry_policy const policy{{{.types = {"timeout"}, .then = to_held{}}}, to_dead{}};
    auto const result = ending_of(on_attempt(1, 3), refused, stop_reason::timeout, policy, 0.5);
    CHECK(result.state == ending::state::held);
    CHECK(result.error->details["stopped_with"]["type"] == "std::runtime_error");
}

TEST_CASE("timestamps of the database are read to the microsecond") {
    using namespace std::chrono;
    auto const noon = sys_days{2026y / January / 31} + 12h;
    CHECK(read_timestamp("2026-01-31 12:00:00+00") == noon);
    CHECK(read_timestamp("2026-01-31 12:00:00.5+00") == noon + 500ms);
    CHECK(read_timestamp("2026-01-31 12:00:01.000042+00") == noon + 1s + 42us);
}

TEST_CASE("a time that C++ cannot calculate with is read as the first one that it is sure to hold") {
    for (auto const* text : {"infinity", "-infinity", "3000-01-01 00:00:00+00", "10000-01-01 00:00:00+00",
                             "294276-12-31 23:59:59.999999+00", "1000-01-01 00:00:00+00", "2026-01-31 12:00:00+00 BC",
                             "2026-02-30 12:00:00+00", ""})
        CHECK(read_timestamp(text) == std::chrono::system_clock::time_point{});
    CHECK(read_timestamp("2199-12-31 23:59:59+00") == std::chrono::sys_days{std::chrono::year{2200} / 1 / 1} - 1s);
}
