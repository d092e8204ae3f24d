#include <support/catch.hpp>
#include <support/running_worker.hpp>

#include <mutex>
#include <set>

using namespace std::chrono_literals;
using namespace txq;
using namespace txq::test;

namespace {

/// Collects what a worker reports.
class reports {
  public:
    worker_options options() {
        worker_options result;
        result.on_failure = [this](failure_report const& one) {
            std::lock_guard const lock{mutex_};
            all_.push_back(one);
        };
        return result;
    }
    std::vector<failure_report> all() const {
        std::lock_guard const lock{mutex_};
        return all_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<failure_report> all_;
};

std::string words(failure_report const& one) {
    return one.job.kind + " " + std::to_string(one.job.attempt) + " " + one.error.type + " " + name(one.became);
}

} // namespace

TEST_CASE("a hook is told of each failed attempt and what became of its job") {
    database db;
    put_jobs(db, {.max_attempts = 2, .payload = R"({"secret": 1})", .headers = R"({"traceparent": "00-1"})"});
    reports told;
    {
        running_worker worker{db,
                              one_handler(
                                  [](raw_job const&, context&) {
                                      throw job_error{"no", {.type = "busy"}};
                                  },
                                  {.retry = fixed_backoff{.delay = 1ms}}),
                              told.options()};
        db.wait_until(state, "dead");
    }
    auto const all = told.all();
    REQUIRE(all.size() == 2);
    CHECK(words(all[0]) == "test 1 busy retried");
    CHECK(all[0].delay == 1ms);
    CHECK(words(all[1]) == "test 2 busy dead");
    CHECK(all[1].job.id.str() == db.value("select id from txq.jobs"));
    CHECK(all[1].job.payload.empty());
    CHECK(all[1].job.headers.at("traceparent") == "00-1");
    CHECK(all[1].error.message == "no");
}

TEST_CASE("a hook is not told of what is no failure") {
    database db;
    put_jobs(db, {.payload = R"("complete")"});
    put_jobs(db, {.payload = R"("discard")"});
    put_jobs(db, {.payload = R"("snooze")"});
    reports told;
    {
        running_worker worker{db, one_handler([](raw_job const& job, context&) {
                                  if (job.payload == "\"discard\"") return outcome::discard("not needed");
                                  return job.payload == "\"snooze\"" ? outcome::snooze(1h) : outcome::complete();
                              }),
                              told.options()};
        db.wait_until("select count(*) from txq.jobs where state in ('discarded', 'scheduled')", "2");
        db.wait_until(processed, "1");
    }
    CHECK(told.all().empty());
}

TEST_CASE("a hook is told of held and discarded jobs") {
    database db;
    put_jobs(db, {.payload = "1"});
    put_jobs(db, {.payload = "2"});
    reports told;
    {
        retry_policy const policy{{{.types = {"1"}, .then = to_held{}}}, to_discarded{}};
        running_worker worker{db,
                              one_handler(
                                  [](raw_job const& job, context&) {
                                      throw job_error{"no", {.type = job.payload}};
                                  },
                                  {.retry = policy}),
                              told.options()};
        db.wait_until("select count(*) from txq.jobs where finished_at is not null", "2");
    }
    std::multiset<std::string> all;
    for (auto const& one : told.all()) all.insert(words(one));
    CHECK(all == std::multiset<std::string>{"test 1 1 held", "test 1 2 discarded"});
}

TEST_CASE("a hook is told of jobs whose worker has died") {
    database db;
    put_jobs(db, {.count = 2});
    db.query("insert into txq.workers (name, lease, queues, kinds) values ('gone:1', '1 second', '{default}', "
             "'{other}')");
    db.query("update txq.jobs set state = 'running', worker = 1, claimed_at = now(), attempt = 1, fence = 1, "
             "kind = 'other', crashes = case when id = (select min(id::text)::uuid from txq.jobs) then 2 else 0 end");
    reports told;
    {
        running_worker worker{db, one_handler([](raw_job const&, context&) {}), told.options()};
        db.wait_until("select string_agg(state::text, ' ' order by state) from txq.jobs", "ready dead");
    }
    std::multiset<std::string> all;
    for (auto const& one : told.all()) all.insert(words(one));
    CHECK(all == std::multiset<std::string>{"other 1 worker_died retried", "other 1 worker_died dead"});
}

TEST_CASE("a hook that throws or takes long does not keep jobs from being recorded") {
    database db;
    put_jobs(db, {.count = 50, .max_attempts = 1});
    std::mutex closed;
    std::unique_lock door{closed};
    worker_options options;
    options.on_failure = [&](failure_report const&) {
        std::lock_guard const wait{closed};
        throw std::runtime_error{"the tracker is down"};
    };
    running_worker worker{db, one_handler([](raw_job const&, context&) { throw std::runtime_error{"no"}; }), options};
    db.wait_until("select count(*) from txq.jobs where state = 'dead'", "50");
    door.unlock();
}
