// What others commit between the snapshot of a claim and its look at their rows.

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>
#include <support/running_worker.hpp>

#include <future>

using namespace txq;
using namespace txq::test;

namespace {

/// Makes claims of one session wait when they have their snapshot and have not looked for jobs yet.
class barrier {
  public:
    explicit barrier(database& db) : db_{db} {
        db.query("create function public.pass() returns boolean language plpgsql as $$ begin "
                 "if current_setting('test.waits', true) = 'on' then perform pg_advisory_xact_lock_shared(1); end if; "
                 "return true; end $$");
        db.query("alter table txq.kinds rename to all_kinds");
        db.query("create view txq.kinds as select 'none of these' as name, now() as paused_at where public.pass()");
        db.query("select pg_advisory_lock(1)");
    }

    static void stop_at_it(registered& one) { pqxx::nontransaction{one.on.connection()}.exec("set test.waits = 'on'"); }
    void open() { db_.query("select pg_advisory_unlock(1)"); }

  private:
    database& db_;
};

/// Of four jobs one is claimed and one completed under a lock, and one cancelled, while `claim`, in another session,
/// waits at the barrier. Returns what it gets.
template <typename Claim>
std::vector<std::string> claimed_meanwhile(database& db, registered& other, Claim claim) {
    registered quick{db};
    barrier before_jobs{db};
    barrier::stop_at_it(other);
    auto slow = std::async(std::launch::async, claim);
    db.wait_until(someone_waits, "1");
    CHECK(quick.claim(1).size() == 1);
    {
        pqxx::work tx{quick.on.connection()};
        quick.complete_locked(tx, quick.lock(tx, 1));
        tx.commit();
    }
    db.query("update txq.jobs set state = 'cancelled', seq = null, finished_at = now() where id = "
             "(select id from txq.jobs where state = 'ready' order by seq limit 1)");
    before_jobs.open();
    return slow.get();
}

constexpr auto last_one = "select id from txq.jobs where state in ('ready', 'running') order by seq desc limit 1";

} // namespace

TEST_CASE("a claim gets no job that was claimed completed or cancelled since its snapshot") {
    database db;
    put_jobs(db, {.count = 4});
    registered slow{db};
    auto const expected = db.value(last_one);
    CHECK(claimed_meanwhile(db, slow, [&] { return column(slow.claim(10), "id"); }) == std::vector{expected});
}

TEST_CASE("a claim by locks gets no job that was claimed completed or cancelled since its snapshot") {
    database db;
    put_jobs(db, {.count = 4});
    registered slow{db};
    auto const expected = db.value(last_one);
    auto const claim = [&] {
        pqxx::work tx{slow.on.connection()};
        return column(slow.lock(tx, 10), "id");
    };
    CHECK(claimed_meanwhile(db, slow, claim) == std::vector{expected});
}
