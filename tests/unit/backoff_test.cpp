// How long programs wait before they try again what has failed.

#include <support/catch.hpp>

#include <set>

#include <txq/detail/backoff.hpp>

using namespace std::chrono_literals;

TEST_CASE("pauses after failures grow to five seconds and no further") {
    txq::backoff pauses;
    for (auto most = 50ms; most < 5s; most *= 2) {
        auto const pause = pauses.next();
        CHECK(pause >= 25ms);
        CHECK(pause <= most);
    }
    auto longest = 0ms;
    for (int i = 0; i < 1000; ++i) longest = std::max(longest, pauses.next());
    CHECK(longest <= 5s);
    CHECK(longest > 4s);
    pauses.reset();
    CHECK(pauses.next() <= 50ms);
}

TEST_CASE("those who failed together do not try again together") {
    std::set<std::chrono::milliseconds> pauses;
    for (int i = 0; i < 100; ++i) {
        txq::backoff one;
        for (int failures = 0; failures < 10; ++failures) one.next();
        pauses.insert(one.next());
    }
    CHECK(pauses.size() > 50);
}
