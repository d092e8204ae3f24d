#include <support/catch.hpp>

#include <worker/src/due_floor.hpp>

using namespace std::chrono_literals;
using txq::due_floor;

namespace {

auto const start = due_floor::clock::time_point{} + 1h;

} // namespace

TEST_CASE("quick looks for due jobs look at everything") {
    due_floor floor;
    for (auto at = start; at < start + 10s; at += 1s) {
        CHECK(floor.begin(at) == "-infinity");
        floor.end(at + 10ms, "noon", true);
    }
}

TEST_CASE("after a slow look for due jobs the next ones begin where it was for twenty times as long") {
    due_floor floor;
    floor.begin(start);
    floor.end(start + 100ms, "noon", true);
    CHECK(floor.begin(start + 200ms) == "noon");
    floor.end(start + 201ms, "one past noon", true);
    CHECK(floor.begin(start + 2099ms) == "one past noon");
    floor.end(start + 2100ms, "two past noon", true);
    CHECK(floor.begin(start + 2100ms) == "-infinity");
}

TEST_CASE("a look that has not promoted all that was due does not raise the floor") {
    due_floor floor;
    floor.begin(start);
    floor.end(start + 100ms, "noon", false);
    CHECK(floor.begin(start + 200ms) == "-infinity");
    floor.end(start + 300ms, "noon", true);
    CHECK(floor.begin(start + 400ms) == "noon");
}

TEST_CASE("with another database everything is looked at") {
    due_floor floor;
    floor.begin(start);
    floor.end(start + 100ms, "noon", true);
    floor.forget();
    CHECK(floor.begin(start + 200ms) == "-infinity");
}
