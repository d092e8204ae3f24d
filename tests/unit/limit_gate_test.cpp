#include <support/catch.hpp>

#include <string>

#include <txq/registry.hpp>

#include <worker/src/limit_gate.hpp>

using namespace std::chrono_literals;
using namespace txq;

namespace {

constexpr std::int64_t worker = 7;

running_limit of_queue(std::int64_t id, std::string name) { return {id, {limit_scope::queue, std::move(name)}, 9}; }
running_limit of_kind(std::int64_t id, std::string name) { return {id, {limit_scope::kind, std::move(name)}, 9}; }

/// A worker's gate, hand and attempts.
struct process {
    hand attempts;
    limit_gate gate{attempts};
    registration how{[](raw_job const&, context&) { return outcome::complete(); }, {}, {}};

    hand::pointer claimed(std::string queue, std::string kind, std::int64_t by = worker) {
        raw_job job;
        job.id = uuid::v7();
        job.queue = std::move(queue);
        job.kind = std::move(kind);
        auto one = std::make_shared<attempt>(std::move(job), how, by, false);
        attempts.add(one);
        return one;
    }
    void learn(std::vector<running_limit> const& limits, std::int64_t by = worker) {
        gate.learn(by, limits, limit_gate::clock::now());
    }
    void grant(std::int64_t limit, int slots) {
        gate.aim(limit, slots);
        gate.on_granted(worker, limit, slots);
    }
    void over(hand::pointer const& one) {
        gate.on_over(*one);
        attempts.remove({one});
    }

    /// "how many/without these kinds", of ten that are wanted.
    std::string claim(std::string const& queue, bool whole = false, int ahead = 0) {
        auto const ask = gate.begin_claim(
            queue, {"a", "b", "c"}, 10, [ahead](int) { return ahead; }, whole);
        if (!ask) return "nothing";
        auto text = std::to_string(ask->jobs) + "/";
        for (auto const& kind : ask->without) text += kind;
        return text;
    }
};

} // namespace

TEST_CASE("without limits every handler begins and everything may be claimed") {
    process it;
    it.learn({});
    CHECK_FALSE(it.gate.any());
    CHECK(it.gate.try_begin(*it.claimed("q", "a")));
    CHECK(it.claim("q") == "10/");
}

TEST_CASE("handlers begin as long as there are slots") {
    process it;
    it.learn({of_queue(1, "q")});
    auto const first = it.claimed("q", "a");
    auto const second = it.claimed("q", "b");
    CHECK_FALSE(it.gate.try_begin(*first));
    it.grant(1, 1);
    CHECK(it.gate.try_begin(*first));
    CHECK_FALSE(it.gate.has_room(*second));
    CHECK_FALSE(it.gate.try_begin(*second));
    CHECK(it.gate.try_begin(*it.claimed("other", "a")));
    it.over(first);
    CHECK(it.gate.try_begin(*second));
}

TEST_CASE("a job under two limits needs a slot of both") {
    process it;
    it.learn({of_queue(1, "q"), of_kind(2, "a")});
    it.grant(1, 2);
    it.grant(2, 1);
    auto const first = it.claimed("q", "a");
    CHECK(it.gate.try_begin(*first));
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a")));
    CHECK(it.gate.try_begin(*it.claimed("q", "b")));
    it.over(first);
    CHECK(it.gate.try_begin(*it.claimed("q", "a")));
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "b")));
}

TEST_CASE("what ran before a limit was known counts for it") {
    process it;
    it.learn({});
    auto const before = it.claimed("q", "a");
    CHECK(it.gate.try_begin(*before));
    it.learn({of_queue(1, "q")});
    CHECK(it.gate.take_usage(1).in_use == 1);
    CHECK(it.gate.aim(1, 0) == 1); // is not given back
    it.grant(1, 1);
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a")));
    it.over(before);
    CHECK(it.gate.take_usage(1).in_use == 0);
    CHECK(it.gate.try_begin(*it.claimed("q", "a")));
}

TEST_CASE("slots that are in use are given back when their handlers are over") {
    process it;
    it.learn({of_queue(1, "q")});
    it.grant(1, 3);
    auto const first = it.claimed("q", "a");
    auto const second = it.claimed("q", "a");
    CHECK(it.gate.try_begin(*first));
    CHECK(it.gate.try_begin(*second));
    CHECK(it.gate.aim(1, 1) == 2);
    it.over(first);
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a")));
    CHECK(it.gate.aim(1, 1) == 1);
    CHECK(it.gate.take_usage(1).slots == 1);
}

TEST_CASE("slots are those of a registration and its attempts") {
    process it;
    it.learn({of_queue(1, "q")});
    it.grant(1, 3);
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a", worker + 1)));
    it.learn({of_queue(1, "q")}, worker + 1);
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a", worker + 1)));
    it.grant(1, 3); // of the one before, which comes too late
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a", worker + 1)));
}

TEST_CASE("a limit that is removed holds nothing back") {
    process it;
    it.learn({of_queue(1, "q")});
    auto const one = it.claimed("q", "a");
    CHECK_FALSE(it.gate.try_begin(*one));
    auto told = 0;
    it.gate.on_room([&](bool) { ++told; });
    it.learn({});
    CHECK(told == 1);
    CHECK(it.gate.try_begin(*one));
}

TEST_CASE("others are told when a slot is free for which an attempt has waited") {
    process it;
    it.learn({of_queue(1, "q")});
    it.grant(1, 1);
    auto told = 0;
    auto const listener = it.gate.on_room([&](bool) { ++told; });
    auto const first = it.claimed("q", "a");
    auto const second = it.claimed("q", "a");
    CHECK(it.gate.try_begin(*first));
    CHECK_FALSE(it.gate.try_begin(*second));
    it.over(first);
    CHECK(told == 1);
    CHECK(it.gate.try_begin(*second));
    it.gate.forget(listener);
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a")));
    it.over(second);
    CHECK(told == 1);
}

TEST_CASE("as much is claimed as there are slots and place ahead of them") {
    process it;
    it.learn({of_queue(1, "q")});
    CHECK(it.claim("q") == "nothing");
    CHECK(it.claim("other") == "10/");
    it.grant(1, 4);
    CHECK(it.claim("q") == "4/");
    CHECK(it.claim("q", false, 3) == "7/");
    it.claimed("q", "a");
    it.claimed("other", "a");
    CHECK(it.claim("q") == "3/");
    for (int i = 0; i < 3; ++i) it.claimed("q", "a");
    CHECK(it.claim("q") == "nothing");
}

TEST_CASE("a kind that is at its limit is left out of claims") {
    process it;
    it.learn({of_kind(1, "b")});
    it.grant(1, 2);
    CHECK(it.claim("q") == "2/");
    CHECK(it.claim("q", true) == "10/b");
    it.claimed("q", "b");
    it.claimed("other", "b");
    CHECK(it.claim("q") == "10/b");
}

TEST_CASE("nothing is claimed when all kinds are at their limits") {
    process it;
    it.learn({of_kind(1, "a"), of_kind(2, "b"), of_kind(3, "c")});
    CHECK(it.claim("q") == "nothing");
}

TEST_CASE("a worker is short of slots when jobs wait for them") {
    process it;
    it.learn({of_queue(1, "q")});
    CHECK_FALSE(it.gate.take_usage(1).tempted);
    it.claim("q");
    CHECK(it.gate.take_usage(1).tempted);
    it.grant(1, 1);
    auto const ask = it.gate.begin_claim(
        "q", {"a"}, 10, [](int) { return 0; }, false);
    REQUIRE(ask);
    CHECK_FALSE(it.gate.take_usage(1).short_of);
    it.gate.on_all_got(*ask);
    CHECK(it.gate.take_usage(1).short_of);
    CHECK(it.gate.try_begin(*it.claimed("q", "a")));
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a")));
    auto const used = it.gate.take_usage(1);
    CHECK(used.short_of);
    CHECK(used.peak == 1);
}

TEST_CASE("handlers begin as long as beginnings are left") {
    process it;
    it.learn({{1, {limit_scope::queue, "q"}, running_limit::any_number, 10.0}});
    auto const one = it.claimed("q", "a");
    CHECK(it.claim("q") == "nothing");
    CHECK_FALSE(it.gate.try_begin(*one));
    it.gate.on_starts(1, 3, limit_gate::clock::now());
    CHECK(it.claim("q") == "2/"); // one waits for the third
    CHECK(it.gate.try_begin(*one));
    auto const used = it.gate.take_usage(1);
    CHECK(used.starts == 2);
    CHECK(used.spent == 1);
    CHECK(used.short_of);
    it.over(one);
    CHECK(it.gate.try_begin(*it.claimed("q", "a")));
    CHECK(it.gate.try_begin(*it.claimed("q", "a")));
    CHECK_FALSE(it.gate.try_begin(*it.claimed("q", "a")));
}

TEST_CASE("limits that have not been read for a while are not relied upon") {
    process it;
    auto const now = limit_gate::clock::now();
    CHECK_FALSE(it.gate.fresh(now));
    it.gate.learn(worker, {}, now);
    CHECK(it.gate.fresh(now + limit_gate::known_for - 1ms));
    CHECK_FALSE(it.gate.fresh(now + limit_gate::known_for));
}
