// What a batch may begin with that another one has asked for.

#include <worker/src/kept_places.hpp>

#include <support/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace txq;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t worker = 7;
constexpr kept_places::clock::time_point asked{1h};

kept_places::counts jobs_of(std::vector<std::string_view> const& tenants) {
    kept_places::counts jobs;
    for (auto const tenant : tenants) ++jobs[{"default", "resize", tenant}];
    return jobs;
}

kept_places kept_for(std::vector<std::string_view> const& tenants) {
    kept_places kept;
    kept.keep(jobs_of(tenants), worker, asked);
    return kept;
}

} // namespace

TEST_CASE("what is kept covers any number of jobs of the same queues, kinds and tenants") {
    auto const kept = kept_for({"acme", ""});
    CHECK(kept.cover(jobs_of({"acme", "acme", "acme"}), worker, asked + 1ms));
    CHECK(kept.cover(jobs_of({"", "acme"}), worker, asked + 1ms));
    CHECK_FALSE(kept.cover(jobs_of({"acme", "other"}), worker, asked + 1ms));
    CHECK_FALSE(kept.cover({{{"default", "crop", "acme"}, 1}}, worker, asked + 1ms));
    CHECK_FALSE(kept.cover({{{"bulk", "resize", "acme"}, 1}}, worker, asked + 1ms));
}

TEST_CASE("what is kept is kept for a moment and for one registration of a worker") {
    auto kept = kept_for({"acme"});
    CHECK(kept.until() == asked + kept_places::lasting);
    CHECK(kept.cover(jobs_of({"acme"}), worker, asked + kept_places::lasting - 1ms));
    CHECK_FALSE(kept.cover(jobs_of({"acme"}), worker, asked + kept_places::lasting));
    CHECK_FALSE(kept.cover(jobs_of({"acme"}), worker + 1, asked));
    kept.forget();
    CHECK_FALSE(kept.cover(jobs_of({"acme"}), worker, asked));
    CHECK(kept.until() == kept_places::clock::time_point::max());
}

TEST_CASE("what nobody has come for in the time after that is overdue") {
    auto const kept = kept_for({"acme"});
    CHECK_FALSE(kept.overdue(asked + 2 * kept_places::lasting - 1ms));
    CHECK(kept.overdue(asked + 2 * kept_places::lasting));
    CHECK_FALSE(kept_places{}.overdue(asked));
}

TEST_CASE("what is kept is asked for again beside what a batch needs, unless that is too much") {
    auto const kept = kept_for({"acme", "other"});
    auto jobs = jobs_of({"acme", "acme", "third"});
    kept.add_to(jobs, worker, asked + 1ms);
    CHECK(jobs == kept_places::counts{{{"default", "resize", "acme"}, 2},
                                      {{"default", "resize", "other"}, 0},
                                      {{"default", "resize", "third"}, 1}});
    auto const in_vain = [&](std::int64_t who, kept_places::clock::time_point when) {
        auto others = jobs_of({"third"});
        kept.add_to(others, who, when);
        return others.size() == 1;
    };
    CHECK(in_vain(worker, asked + kept_places::lasting));
    CHECK(in_vain(worker + 1, asked));
    std::vector<std::string> names{"acme"};
    for (std::size_t i = 2; i < kept_places::at_most; ++i) names.push_back(std::to_string(i));
    auto many = jobs_of({names.begin(), names.end()});
    kept.add_to(many, worker, asked + 1ms); // has one of them already
    CHECK(many.size() == kept_places::at_most);
    many = jobs_of({names.begin(), names.end()});
    ++many[{"default", "resize", "one more"}];
    kept.add_to(many, worker, asked + 1ms);
    CHECK(many.size() == kept_places::at_most);
    CHECK_FALSE(many.contains(kept_places::names{"default", "resize", "other"}));
}

TEST_CASE("what is kept again may be told of by what was kept before") {
    auto kept = kept_for({"acme", "other"});
    auto jobs = jobs_of({"third"});
    kept.add_to(jobs, worker, asked + 1ms);
    kept.keep(jobs, worker, asked + 1ms);
    CHECK(kept.cover(jobs_of({"acme", "other", "third"}), worker, asked + 2ms));
}
