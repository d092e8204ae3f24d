// What processes of the chaos program write down.

#include <support/catch.hpp>
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
