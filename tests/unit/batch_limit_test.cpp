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

TEST_CASE("what was cut because it is too large asks for as much the next time and for two at least") {
    batch_limit limit{1000};
    limit.on_written();
    limit.on_cut(30);
    CHECK(limit.rows() == 30);
    limit.on_written();
    CHECK(limit.rows() == 60);
    limit.on_cut(1);
    CHECK(limit.rows() == 2);
    limit.on_cut(30);
    CHECK(limit.rows() == 2);
}

TEST_CASE("where something is wrong with a single row rows go one at a time until they go through") {
    batch_limit limit{1000};
    limit.one_at_a_time();
    CHECK(limit.single());
    limit.on_written();
    CHECK(limit.rows() == 2);
}
