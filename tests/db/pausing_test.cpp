// Kinds and tenants that are paused; queues are in cli_queues_test.cpp.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/command.hpp>
#include <support/relay.hpp>
#include <support/running_worker.hpp>

#include <set>

using namespace txq;
using namespace txq::test;
using Catch::Matchers::Contains;

namespace {

/// A database with jobs of the kind `test`: so many of nobody's, and as many of the tenant `ann`.
class jobs_of_two {
  public:
    explicit jobs_of_two(int of_each) {
        auto const many = std::to_string(of_each);
        db.query("select txq.enqueue('test', '{}', tenant => 'ann') from generate_series(1, " + many + ")");
        db.query("select txq.enqueue('test', '{}') from generate_series(1, " + many + ")");
        relay_by_hand{db}.move_all();
    }

    database db;
};

std::string tenants_of(pqxx::result const& jobs) {
    std::multiset<std::string> tenants;
    for (auto const& row : jobs) tenants.insert(row["tenant"].is_null() ? "-" : row["tenant"].c_str());
    std::string all;
    for (auto const& one : tenants) all += one;
    return all;
}

/// Whose jobs can be claimed. The claim is taken back, and leaves rows as locks do that came to nothing.
std::string claimable(registered& worker) {
    auto const next = worker.on.run(sql::next_transaction)[0]["xid"].as<std::string>();
    pqxx::work tx{worker.on.connection()};
    return tenants_of(worker.on.run(tx, sql::claim_jobs, claim_of(worker.id, "default", 10, false, next)));
}

std::string lockable(registered& worker) {
    pqxx::work tx{worker.on.connection()};
    pq::params const all{worker.id, "default", "{test}", 10, "{0,0,0,0}"};
    return tenants_of(worker.on.run(tx, sql::lock_jobs, all));
}

} // namespace

TEST_CASE("no job of a paused tenant is claimed until it is resumed") {
    jobs_of_two on{1};
    registered worker{on.db};
    CHECK(claimable(worker) == "-ann");
    CHECK(run_txq(on.db, {"tenants", "pause", "ann"}).out == "ann is paused\n");
    CHECK(claimable(worker) == "-");
    CHECK_THAT(run_txq(on.db, {"tenants", "resume", "ann"}).out, Contains("ann is resumed; it was paused since"));
    CHECK(claimable(worker) == "-ann");
}

TEST_CASE("no job of a paused kind is claimed until it is resumed") {
    jobs_of_two on{1};
    registered worker{on.db};
    CHECK(run_txq(on.db, {"kinds", "pause", "test", "other"}).out == "test is paused\nother is paused\n");
    CHECK(claimable(worker).empty());
    CHECK_THAT(run_txq(on.db, {"kinds", "pause", "test"}).out, Contains("test is paused since 20"));
    CHECK_THAT(run_txq(on.db, {"kinds", "list"}).out, Contains("other") && Contains("test"));
    CHECK(run_txq(on.db, {"kinds", "resume", "test"}).status == 0);
    CHECK(run_txq(on.db, {"kinds", "resume", "test"}).out == "test was not paused\n");
    CHECK(claimable(worker) == "-ann");
    CHECK(on.db.value("select string_agg(name, ' ') from txq.kinds") == "other");
}

TEST_CASE("claims by locks pass over what is paused") {
    auto const [what, found] =
        GENERATE(table<std::string, std::string>({{"tenant => 'ann'", "-"}, {"kind => 'test'", ""}}));
    jobs_of_two on{1};
    registered worker{on.db};
    on.db.query("select txq.pause(" + what + ")");
    CHECK(lockable(worker) == found);
}

TEST_CASE("workers run the jobs of a tenant that is resumed though they have passed them over") {
    auto const leases = GENERATE(lease_mode::lasting, lease_mode::always);
    constexpr int many = 2'000;
    jobs_of_two on{many};
    on.db.query("select txq.pause(tenant => 'ann')");
    worker_options options;
    options.groups = {{.threads = 2, .leases = leases}};
    running_worker const worker{on.db, one_handler([](raw_job const&, context&) {}), options};
    on.db.wait_until(processed, std::to_string(many));
    CHECK(on.db.number("select count(*) from txq.jobs where tenant = 'ann'") == many);
    on.db.query("select txq.resume(tenant => 'ann')");
    on.db.wait_until(processed, std::to_string(2 * many));
}

TEST_CASE("a job says that its kind or its tenant is paused") {
    jobs_of_two on{1};
    auto const id = on.db.value("select id from txq.jobs where tenant is not null");
    on.db.query("select txq.pause(tenant => 'ann')");
    CHECK_THAT(run_txq(on.db, {"jobs", "show", id}).out, Contains("its tenant is paused since"));
    CHECK(run_txq(on.db, {"jobs", "show", id, "--json"}).json()["tenant_paused_at"].is_string());
    on.db.query("select txq.pause(kind => 'test')");
    CHECK_THAT(run_txq(on.db, {"jobs", "show", id}).out, Contains("its kind is paused since"));
}

TEST_CASE("a pause in a transaction that is rolled back never was") {
    jobs_of_two on{1};
    registered worker{on.db};
    on.db.query("begin; select txq.pause(kind => 'test'); rollback");
    CHECK(claimable(worker) == "-ann");
}

TEST_CASE("what is set of a tenant outlives its pause and what is not leaves nothing") {
    database db;
    db.query("select txq.set_tenant('ann', weight => 3)");
    for (auto const* tenant : {"ann", "bob"}) {
        CHECK(db.value("select txq.pause(tenant => '" + std::string{tenant} + "') is null") == "t");
        CHECK(db.value("select txq.pause(tenant => '" + std::string{tenant} + "') is null") == "f");
        CHECK(db.value("select txq.resume(tenant => '" + std::string{tenant} + "') is null") == "f");
        CHECK(db.value("select txq.resume(tenant => '" + std::string{tenant} + "') is null") == "t");
    }
    CHECK(db.value("select string_agg(name || weight, ' ') from txq.tenants") == "ann3");
    CHECK(run_txq(db, {"tenants", "list", "--json"}).json()["tenants"][0]["weight"] == 3);
}

TEST_CASE("pausing names one thing") {
    database db;
    CHECK_THROWS_WITH(db.query("select txq.pause()"), Contains("0 of queue, kind and tenant are given; name one"));
    CHECK_THROWS_WITH(db.query("select txq.resume(queue => 'a', kind => 'b')"), Contains("2 of queue"));
    CHECK_THROWS_WITH(db.query("select txq.pause(kind => '')"), Contains("0 bytes"));
}
