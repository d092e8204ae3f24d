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

ending after(outcome const& returned, int attempt = 1) {
    return ending_of(on_attempt(attempt, 3), returned);
}

ending after(failure const& thrown, stop_reason why = stop_reason::none, int attempt = 1) {
    return ending_of(on_attempt(attempt, 3), thrown, why, ten_seconds, 0.5);
}

failure const refused{"std::runtime_error", "refused", false};

} // namespace

TEST_CASE("what a handler returned decides") {
    CHECK(after(outcome::complete()).state == ending::state::completed);
    CHECK(after(outcome::discard("gone")).state == ending::state::discarded);
    CHECK(after(outcome::discard("gone")).message == "gone");
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
    auto const result = after({"txq::permanent_error", "no such account", true});
    CHECK(result.state == ending::state::dead);
    CHECK(result.message == "no such account");
}

TEST_CASE("why a handler was stopped decides what its error means") {
    CHECK(after(refused, stop_reason::timeout).error_type == "timeout");
    CHECK(after(refused, stop_reason::timeout).state == ending::state::scheduled);
    CHECK(after(refused, stop_reason::timeout, 3).state == ending::state::dead);
    CHECK(after(refused, stop_reason::cancelled).state == ending::state::cancelled);
    for (auto const given_back : {stop_reason::shutdown, stop_reason::lease_lost}) {
        CHECK(after(refused, given_back, 3).state == ending::state::ready);
        CHECK(after(refused, given_back, 3).refund);
        CHECK(after(refused, given_back, 3).error_type.empty());
    }
}

TEST_CASE("an exception is described by its type and its words") {
    auto const described = [](auto thrown) { return describe(std::make_exception_ptr(thrown)); };
    CHECK(described(std::out_of_range{"7 of 5"}).type == "std::out_of_range");
    CHECK(described(std::out_of_range{"7 of 5"}).message == "7 of 5");
    CHECK(described(permanent_error{"no"}).permanent);
    CHECK_FALSE(described(std::runtime_error{"no"}).permanent);
    CHECK(described(42).type == "unknown");
}

TEST_CASE("messages are made fit for the database") {
    CHECK(printable("Grüße") == "Grüße");
    CHECK(printable(std::string{"a\0b", 3}) == "a b");
    CHECK(printable("bad \xff byte") == "bad \xef\xbf\xbd byte");
    CHECK(printable(std::string(20'000, 'x')).size() == 8192);
    CHECK(printable("") == "");
}

TEST_CASE("timestamps of the database are read to the microsecond") {
    using namespace std::chrono;
    auto const noon = sys_days{2026y / January / 31} + 12h;
    CHECK(read_timestamp("2026-01-31 12:00:00+00") == noon);
    CHECK(read_timestamp("2026-01-31 12:00:00.5+00") == noon + 500ms);
    CHECK(read_timestamp("2026-01-31 12:00:01.000042+00") == noon + 1s + 42us);
}
