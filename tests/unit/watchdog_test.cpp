#include <support/catch.hpp>

#include <txq/detail/deadline_watch.hpp>
#include <txq/detail/watchdog.hpp>

using txq::expiry_budget;
using txq::silence;

TEST_CASE("silence is noticed once when it has lasted") {
    silence since{3};
    CHECK_FALSE(since.on_step());
    CHECK_FALSE(since.on_step());
    CHECK(since.on_step());
    CHECK_FALSE(since.on_step());
    CHECK_FALSE(since.on_step());
}

TEST_CASE("silence that was broken is counted anew") {
    silence since{2};
    CHECK_FALSE(since.on_step());
    since.on_heard();
    CHECK_FALSE(since.on_step());
    CHECK(since.on_step());
    since.on_heard();
    CHECK_FALSE(since.on_step());
    CHECK(since.on_step());
}

TEST_CASE("few connections are given up at a time and another one after a while") {
    expiry_budget budget;
    for (int i = 0; i < expiry_budget::most; ++i) {
        CHECK(budget.has_some());
        budget.use();
    }
    CHECK_FALSE(budget.has_some());
    for (int step = 1; step < expiry_budget::steps_for_one; ++step) budget.on_step();
    CHECK_FALSE(budget.has_some());
    budget.on_step();
    CHECK(budget.has_some());
    budget.use();
    CHECK_FALSE(budget.has_some());
}
