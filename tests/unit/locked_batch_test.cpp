#include <support/catch.hpp>

#include <worker/src/locked_batch.hpp>

using namespace txq;
using namespace std::chrono_literals;

namespace {

using attempts = std::vector<locked_batch::pointer>;
using held_by = attempt::held_by;

attempts some(int count) {
    static registration const known{};
    attempts all;
    for (int i = 0; i < count; ++i) {
        raw_job job;
        job.id = uuid::v7();
        all.push_back(std::make_shared<attempt>(job, known, 1, false));
    }
    return all;
}

ending failed() { return {.state = ending::state::scheduled, .delay = 1s, .failed = true}; }

} // namespace

TEST_CASE("a batch waits until all of its attempts are over") {
    auto const all = some(2);
    locked_batch batch{all};
    CHECK(batch.on_end(*all[1], ending::completed()));
    CHECK(batch.on_end(*all[0], ending::completed()));
    batch.wait(attempt::clock::time_point::max());
    CHECK(batch.close().completed == all);
}

TEST_CASE("a batch does not wait beyond its deadline") {
    auto const all = some(2);
    locked_batch batch{all};
    batch.on_end(*all[0], ending::completed());
    batch.wait(attempt::clock::now());
    auto const [completed, others] = batch.close();
    CHECK(completed == attempts{all[0]});
    CHECK(others == attempts{all[1]});
}

TEST_CASE("an attempt whose operation was done before is not recorded with the others") {
    static registration const known{};
    auto all = some(2);
    raw_job job;
    job.id = uuid::v7();
    all.push_back(std::make_shared<attempt>(job, known, 1, true));
    locked_batch batch{all};
    for (auto const& one : all) batch.on_end(*one, ending::completed());
    auto const [completed, others] = batch.close();
    CHECK(completed == attempts{all[0], all[1]});
    CHECK(others == attempts{all[2]});
    auto const settled = batch.settle(true, {all[2]->job.id});
    CHECK(settled.gone.size() == 2);
    CHECK(settled.to_record.size() == 1);
}

TEST_CASE("attempts that have completed are gone when the transaction has recorded them") {
    auto const all = some(2);
    locked_batch batch{all};
    for (auto const& one : all) batch.on_end(*one, ending::completed());
    batch.close();
    auto const settled = batch.settle(true, {});
    CHECK(settled.gone == all);
    CHECK(settled.lost.empty());
    CHECK(settled.to_record.empty());
}

TEST_CASE("an attempt that did not succeed is recorded under its lease") {
    auto const all = some(1);
    locked_batch batch{all};
    batch.on_end(*all[0], failed());
    CHECK(batch.close().others == all);
    auto const settled = batch.settle(true, {all[0]->job.id});
    REQUIRE(settled.to_record.size() == 1);
    CHECK(settled.to_record[0].first == all[0]);
    CHECK(settled.to_record[0].second.failed);
}

TEST_CASE("an attempt that is over between the closing and the end of the transaction is recorded under its lease") {
    auto const all = some(1);
    locked_batch batch{all};
    batch.close();
    CHECK(batch.on_end(*all[0], ending::completed()));
    CHECK(batch.settle(true, {all[0]->job.id}).to_record.size() == 1);
}

TEST_CASE("an attempt that runs on under a lease is not the batch's affair any more") {
    auto const all = some(1);
    locked_batch batch{all};
    CHECK(all[0]->held == held_by::lock);
    batch.close();
    auto const settled = batch.settle(true, {all[0]->job.id});
    CHECK(settled.to_record.empty());
    CHECK(settled.lost.empty());
    CHECK(settled.gone.empty());
    CHECK(all[0]->held == held_by::lease);
    CHECK_FALSE(batch.on_end(*all[0], ending::completed()));
}

TEST_CASE("an attempt that got no lease is lost while it runs and gone when it is over") {
    auto const all = some(2);
    locked_batch batch{all};
    batch.on_end(*all[0], failed());
    batch.close();
    auto const settled = batch.settle(true, {});
    CHECK(settled.gone == attempts{all[0]});
    CHECK(settled.lost == attempts{all[1]});
    CHECK(all[1]->held == held_by::nobody);
    CHECK_FALSE(batch.on_end(*all[1], ending::completed()));
}

TEST_CASE("what has completed in a transaction that came to nothing is recorded under the lease it got afterwards") {
    auto const all = some(3);
    locked_batch batch{all};
    for (auto const& one : all) batch.on_end(*one, ending::completed());
    batch.close();
    auto const settled = batch.settle(false, {all[0]->job.id, all[2]->job.id});
    CHECK(settled.to_record.size() == 2);
    CHECK(settled.gone == attempts{all[1]});
}
