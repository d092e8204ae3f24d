#include <support/catch.hpp>

#include <txq/detail/batch_limit.hpp>

using txq::batch_limit;

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
    limit.on_written();
    CHECK(limit.rows() == 500);
    limit.on_written();
    CHECK(limit.rows() == 1000);
    limit.on_written();
    CHECK(limit.rows() == 1000);
}

TEST_CASE("a limit of one row stays one") {
    batch_limit limit{1};
    limit.on_written();
    CHECK(limit.rows() == 1);
}
