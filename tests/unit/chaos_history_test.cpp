// What processes of the chaos program write down.

#include <support/catch.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>

#include <chrono>

#include <chaos/history.hpp>

using namespace txq::chaos;

TEST_CASE("times of histories are by the machine's clock when they are read") {
    txq::test::scratch files;
    history{files.file("worker-1.1.jsonl")}.write({{"e", "gap"}, {"from", now_us()}});
    auto const event = read_histories(files.path()).at("worker-1.1").at(0);
    auto const now =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    constexpr std::int64_t minute = 60'000'000;
    for (auto const* time : {"t", "from"}) {
        CHECK(event[time] <= now);
        CHECK(event[time] > now - minute);
    }
}

TEST_CASE("what has happened before it was seen is written down with the time at which it happened") {
    txq::test::scratch files;
    history{files.file("chaos.jsonl")}.write({{"e", "ended"}}, now_us() - 7'000'000);
    history{files.file("later.jsonl")}.write({{"e", "ended"}});
    auto const events = read_histories(files.path());
    auto const apart =
        events.at("later").at(0)["t"].get<std::int64_t>() - events.at("chaos").at(0)["t"].get<std::int64_t>();
    CHECK(apart >= 7'000'000);
}

TEST_CASE("it is known how long ago a program wrote its last words") {
    using namespace std::chrono_literals;
    txq::test::process one{{"sh", "-c", "sleep 0.2; echo died at a failpoint; exec sleep 0.3"}};
    one.wait();
    auto const silent = one.silent_for();
    CHECK(one.output() == "died at a failpoint\n");
    CHECK(silent >= 280ms); // file systems have times of a few milliseconds
    CHECK(silent < 1min);
}
