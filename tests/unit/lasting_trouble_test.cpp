#include <support/catch.hpp>

#include <worker/src/lasting_trouble.hpp>

using namespace std::chrono_literals;
using txq::lasting_trouble;

namespace {

lasting_trouble::clock::time_point const start{1h};

} // namespace

TEST_CASE("trouble is spoken of once when it has lasted") {
    lasting_trouble claiming{4s};
    CHECK_FALSE(claiming.on_failure(start, true, false));
    CHECK_FALSE(claiming.on_failure(start + 3s, true, false));
    CHECK(claiming.on_failure(start + 5s, true, false));
    CHECK_FALSE(claiming.on_failure(start + 9s, true, false));
}

TEST_CASE("trouble that everybody has is not spoken of") {
    lasting_trouble claiming{4s};
    for (auto since = 0s; since < 60s; ++since) CHECK_FALSE(claiming.on_failure(start + since, since < 3s, false));
}

TEST_CASE("trouble that was over is spoken of when it lasts again") {
    lasting_trouble claiming{4s};
    claiming.on_failure(start, true, false);
    CHECK(claiming.on_failure(start + 4s, true, false));
    CHECK_FALSE(claiming.on_failure(start + 1h, true, false));
    CHECK(claiming.on_failure(start + 1h + 4s, true, false));
}

TEST_CASE("what the server refuses is spoken of at once and then once a minute") {
    lasting_trouble claiming{4s};
    int said = 0;
    for (auto since = 0s; since < 120s; ++since) said += claiming.on_failure(start + since, true, true);
    CHECK(said == 2);
}
