#include <support/catch.hpp>

#include <relay/src/pacer.hpp>

using namespace std::chrono_literals;
using namespace txq::relay;

TEST_CASE("an outbox that stays empty is looked into less and less often") {
    pacer pace{20ms};
    CHECK(pace.next() == 1ms);
    auto previous = 1000us;
    for (int i = 0; i < 9; ++i) {
        auto const now = pace.next();
        CHECK(now > previous);
        previous = now;
    }
    for (int i = 0; i < 10; ++i) pace.next();
    CHECK(pace.next() == 20ms);
    CHECK(pace.next() == 20ms);
}

TEST_CASE("jobs make the relay look again soon and for a while") {
    pacer pace{20ms};
    for (int i = 0; i < 100; ++i) pace.next();
    pace.on_jobs();
    for (int i = 0; i < pacer::patience; ++i) REQUIRE(pace.next() == 1ms);
    CHECK(pace.next() == 1ms);
    CHECK(pace.next() > 1ms);
}

TEST_CASE("the poll interval bounds every wait") {
    pacer pace{1ms};
    CHECK(pace.next() == 1ms);
    pace.on_jobs();
    CHECK(pace.next() == 1ms);
}
