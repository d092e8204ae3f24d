#include <support/catch.hpp>

#include <ostream>

#include <relay/src/position.hpp>

using namespace txq::relay;

namespace txq::relay {

std::ostream& operator<<(std::ostream& out, late_transaction const& one) { return out << one.txid << '/' << one.seq; }
std::ostream& operator<<(std::ostream& out, position const& one) {
    out << one.txid << '/' << one.seq << " late";
    for (auto const& late : one.late) out << ' ' << late;
    return out;
}

} // namespace txq::relay

namespace {

constexpr auto everything = std::nullopt;

last_row beyond(transaction_id txid, std::int64_t seq) { return {.late = false, .txid = txid, .seq = seq}; }
last_row late(transaction_id txid, std::int64_t seq) { return {.late = true, .txid = txid, .seq = seq}; }

} // namespace

TEST_CASE("when everything was read the position is what the snapshot could not see") {
    CHECK(advance({}, {.xmax = 100}, everything) == position{.txid = 100});
    CHECK(advance({.txid = 100, .seq = 7}, {.xmax = 120}, everything) == position{.txid = 120});
}

TEST_CASE("a look that finds nothing new changes nothing") {
    position const at{.txid = 100, .seq = 0, .late = {{90, 0}}};
    CHECK(advance(at, {.xmax = 100, .in_progress = {90}}, everything) == at);
}

TEST_CASE("transactions in progress are late once the position has passed them") {
    CHECK(advance({.txid = 100}, {.xmax = 120, .in_progress = {100, 105, 119}}, everything) ==
          position{.txid = 120, .seq = 0, .late = {{100, 0}, {105, 0}, {119, 0}}});
}

TEST_CASE("a late transaction stays late until it has ended") {
    position const at{.txid = 120, .seq = 0, .late = {{105, 0}, {110, 0}}};
    CHECK(advance(at, {.xmax = 130, .in_progress = {105, 125}}, everything) ==
          position{.txid = 130, .seq = 0, .late = {{105, 0}, {125, 0}}});
}

TEST_CASE("a late transaction that was rolled back is forgotten as one whose rows were all read") {
    position const at{.txid = 120, .seq = 0, .late = {{105, 0}}};
    CHECK(advance(at, {.xmax = 121}, everything) == position{.txid = 121});
}

TEST_CASE("a batch cut beyond the position ends at its last row") {
    CHECK(advance({.txid = 100}, {.xmax = 120}, beyond(110, 7)) == position{.txid = 110, .seq = 7});
    CHECK(advance({.txid = 110, .seq = 7}, {.xmax = 120}, beyond(110, 9)) == position{.txid = 110, .seq = 9});
}

TEST_CASE("only transactions in progress before the cut are late, those after it are still to come") {
    CHECK(advance({.txid = 100}, {.xmax = 120, .in_progress = {101, 109, 111, 119}}, beyond(110, 7)) ==
          position{.txid = 110, .seq = 7, .late = {{101, 0}, {109, 0}}});
}

TEST_CASE("a cut within one transaction does not make the same transactions late twice") {
    auto const first = advance({.txid = 100}, {.xmax = 120, .in_progress = {105}}, beyond(110, 7));
    auto const second = advance(first, {.xmax = 121, .in_progress = {105}}, beyond(110, 9));
    CHECK(second == position{.txid = 110, .seq = 9, .late = {{105, 0}}});
}

TEST_CASE("a cut beyond the position means that the late transactions were read to their ends") {
    position const at{.txid = 110, .seq = 7, .late = {{90, 0}, {95, 3}, {105, 0}}};
    CHECK(advance(at, {.xmax = 120, .in_progress = {105}}, beyond(112, 1)) ==
          position{.txid = 112, .seq = 1, .late = {{105, 0}}});
}

TEST_CASE("a cut among late rows leaves the position and what was not read of them") {
    position const at{.txid = 120, .seq = 4, .late = {{90, 0}, {95, 0}, {100, 0}, {105, 0}}};
    // 90 was read to its end, 95 is in progress, 100 was cut at its row 50, 105 has not been looked at
    CHECK(advance(at, {.xmax = 130, .in_progress = {95, 125}}, late(100, 50)) ==
          position{.txid = 120, .seq = 4, .late = {{95, 0}, {100, 50}, {105, 0}}});
}

TEST_CASE("a late transaction that was cut goes on behind the cut") {
    position const at{.txid = 120, .seq = 4, .late = {{100, 50}}};
    CHECK(advance(at, {.xmax = 130}, late(100, 90)) == position{.txid = 120, .seq = 4, .late = {{100, 90}}});
    CHECK(advance(at, {.xmax = 130}, everything) == position{.txid = 130});
}

TEST_CASE("a prepared transaction stays late for as long as it is there") {
    position at{.txid = 100};
    for (transaction_id xmax = 101; xmax < 1000; ++xmax)
        at = advance(at, {.xmax = xmax, .in_progress = {100}}, everything);
    CHECK(at == position{.txid = 999, .seq = 0, .late = {{100, 0}}});
    CHECK(advance(at, {.xmax = 1000}, everything) == position{.txid = 1000});
}
