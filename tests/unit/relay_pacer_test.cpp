#include <support/catch.hpp>

#include <relay/src/batch_limit.hpp>
#include <relay/src/pacer.hpp>

using namespace std::chrono_literals;
using namespace txq::relay;

TEST_CASE("an outbox that stays empty is looked into less and less often") {
    pacer pace{20ms};
    CHECK(pace.next() == 2ms);
    auto previous = 2000us;
    for (int i = 0; i < 9; ++i) {
        auto const now = pace.next();
        CHECK(now > previous);
        previous = now;
    }
    for (int i = 0; i < 5; ++i) pace.next();
    CHECK(pace.next() == 20ms);
    CHECK(pace.next() == 20ms);
}

TEST_CASE("jobs make the relay look again soon") {
    pacer pace{20ms};
    for (int i = 0; i < 100; ++i) pace.next();
    pace.on_jobs();
    CHECK(pace.next() == 2ms);
}

TEST_CASE("the poll interval bounds every wait") {
    pacer pace{1ms};
    CHECK(pace.next() == 1ms);
    CHECK(pace.next() == 1ms);
}

TEST_CASE("a batch that is refused is tried in halves down to a single row") {
    batch_limit limit{1000};
    int tries = 0;
    for (; !limit.single(); ++tries) limit.on_refused();
    CHECK(limit.rows() == 1);
    CHECK(tries == 9);
    limit.on_refused();
    CHECK(limit.rows() == 1);
}

TEST_CASE("what goes through lets the limit grow back and no further") {
    batch_limit limit{1000};
    limit.on_refused();
    limit.on_refused();
    CHECK(limit.rows() == 250);
    limit.on_moved();
    CHECK(limit.rows() == 500);
    limit.on_moved();
    CHECK(limit.rows() == 1000);
    limit.on_moved();
    CHECK(limit.rows() == 1000);
}

TEST_CASE("a limit of one row stays one") {
    batch_limit limit{1};
    limit.on_moved();
    CHECK(limit.rows() == 1);
}
