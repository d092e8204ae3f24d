// Two that record the same operations, of each of which both have a job.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <functional>
#include <future>

using namespace txq;
using namespace txq::test;

namespace {

/// The ids of the operations, but for their last digit.
std::string const operation{"00000000-0000-7000-8000-00000000000"};

/// Six jobs of three operations. The first three, in the order of claims, have them in the order of the jobs' ids, the
/// others in the opposite one: if these were recorded along the ids, two would come towards each other.
void put_opposites(database& db) {
    put_jobs(db, {.count = 6});
    db.query("with halves as (select id, ntile(2) over (order by seq) as half from txq.jobs), "
             "placed as (select id, half, row_number() over (partition by half order by id) as n from halves) "
             "update txq.jobs set operation_id = ('" +
             operation + "' || case half when 1 then n else 4 - n end)::uuid from placed where placed.id = jobs.id");
}

/// Lets both record while somebody holds the operation in the middle, who then gives up. What became of each: how many
/// jobs it has ended, or the error.
std::pair<std::string, std::string> meet(database& db, std::function<int()> first, std::function<int()> second) {
    session between{{.where = connection_info::parse(db.url())}};
    pqxx::work tx{between.connection()};
    between.run(tx, sql::record_operation, pq::params{operation + "2", operation + "9", "default", "test", 1, ""});
    auto const started = [](std::function<int()> records) {
        return std::async(std::launch::async, [records] {
            try {
                return std::to_string(records());
            } catch (pqxx::sql_error const& failed) { return failed.sqlstate(); }
        });
    };
    auto a = started(std::move(first));
    db.wait_until(someone_waits, "1");
    auto b = started(std::move(second));
    db.wait_until(someone_waits, "2");
    tx.abort();
    return {a.get(), b.get()};
}

} // namespace

TEST_CASE("two who record the same operations in opposite orders do not wait for each other in a circle") {
    database db;
    put_opposites(db);
    registered a{db};
    registered b{db};
    auto const of_a = a.claim(3);
    auto const of_b = b.claim(3);
    auto const ended = meet(
        db, [&] { return a.complete(of_a); }, [&] { return b.complete(of_b); });
    CHECK(ended == std::pair<std::string, std::string>{"3", "3"});
    CHECK(db.number("select count(*) from txq.processed_jobs") == 3);
    CHECK(db.number("select count(*) from txq.jobs") == 0);
}

TEST_CASE("of two who record the same operations under locks in opposite orders the second learns of it at once") {
    database db;
    put_opposites(db);
    registered a{db};
    registered b{db};
    auto const completes = [](registered& one) {
        return [&one] {
            pqxx::work tx{one.on.connection()};
            auto const ended = one.complete_locked(tx, one.lock(tx, 3));
            tx.commit();
            return ended;
        };
    };
    constexpr auto unique_violation = "23505";
    CHECK(meet(db, completes(a), completes(b)) == std::pair<std::string, std::string>{"3", unique_violation});
    CHECK(db.number("select count(*) from txq.processed_jobs") == 3);
    CHECK(db.number("select count(*) from txq.jobs") == 3);
}
