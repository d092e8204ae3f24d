// What a batch may begin with that another one has asked for.

#include <worker/src/kept_places.hpp>

#include <support/catch.hpp>

#include <chrono>

using namespace txq;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t worker = 7;
constexpr kept_places::clock::time_point asked{1h};

kept_places kept_for(kept_places::many_names const& of) {
    kept_places kept;
    kept.keep(of, worker, asked);
    return kept;
}

} // namespace

TEST_CASE("what is kept covers jobs of the same queues and kinds") {
    auto const kept = kept_for({{"default", "resize"}, {"default", "crop"}});
    CHECK(kept.cover({{"default", "crop"}}, worker, asked + 1ms));
    CHECK(kept.cover({{"default", "crop"}, {"default", "resize"}}, worker, asked + 1ms));
    CHECK_FALSE(kept.cover({{"default", "crop"}, {"default", "mail"}}, worker, asked + 1ms));
    CHECK_FALSE(kept.cover({{"bulk", "crop"}}, worker, asked + 1ms));
    CHECK_FALSE(kept_places{}.cover({{"default", "crop"}}, worker, asked));
}

TEST_CASE("what is kept is kept for a moment and for one registration of a worker") {
    auto kept = kept_for({{"default", "resize"}});
    CHECK(kept.any());
    CHECK(kept.until() == asked + kept_places::lasting);
    CHECK(kept.cover({{"default", "resize"}}, worker, asked + kept_places::fresh - 1ms));
    CHECK_FALSE(kept.cover({{"default", "resize"}}, worker, asked + kept_places::fresh));
    CHECK_FALSE(kept.cover({{"default", "resize"}}, worker + 1, asked));
    kept.forget();
    CHECK_FALSE(kept.any());
    CHECK_FALSE(kept.cover({{"default", "resize"}}, worker, asked));
    CHECK(kept.until() == kept_places::clock::time_point::max());
}

TEST_CASE("what nobody has come for in the time after that is overdue") {
    auto const kept = kept_for({{"default", "resize"}});
    CHECK_FALSE(kept.overdue(asked + 2 * kept_places::lasting - 1ms));
    CHECK(kept.overdue(asked + 2 * kept_places::lasting));
    CHECK_FALSE(kept_places{}.overdue(asked));
}

TEST_CASE("what is kept is asked for again while it lasts") {
    auto const kept = kept_for({{"default", "resize"}, {"default", "crop"}});
    kept_places::many_names const both{{"default", "resize"}, {"default", "crop"}};
    CHECK(kept.of(worker, asked + kept_places::lasting - 1ms) == both);
    CHECK(kept.of(worker, asked + kept_places::lasting).empty());
    CHECK(kept.of(worker + 1, asked).empty());
}

TEST_CASE("what is kept again may be told of by what was kept before") {
    auto kept = kept_for({{"default", "resize"}});
    kept.keep(kept.of(worker, asked + 1ms), worker, asked + 1ms);
    CHECK(kept.cover({{"default", "resize"}}, worker, asked + 2ms));
}

TEST_CASE("places to keep are worth asking for when one batch follows another") {
    kept_places kept;
    CHECK_FALSE(kept.worth_asking(asked));
    kept.count(false, asked);
    CHECK(kept.worth_asking(asked + kept_places::lasting - 1ms));
    CHECK_FALSE(kept.worth_asking(asked + kept_places::lasting));
}

TEST_CASE("whoever has asked in vain for places to keep does not ask again for a second") {
    auto kept = kept_for({{"default", "resize"}});
    kept.count(true, asked + 100ms);
    CHECK_FALSE(kept.any());
    kept.count(false, asked + 1000ms);
    CHECK_FALSE(kept.worth_asking(asked + 100ms + kept_places::in_vain - 1ms));
    CHECK(kept.worth_asking(asked + 100ms + kept_places::in_vain));
}
