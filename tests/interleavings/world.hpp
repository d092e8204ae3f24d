#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <txq/detail/session.hpp>

#include <support/database.hpp>
#include <support/relay.hpp>

#include "actor.hpp"

namespace txq::interleavings {

/// An attempt that somebody has begun.
struct attempt {
    std::string job;
    std::string operation;
    std::string fence;
    std::string row{}; ///< where it is locked
    bool processed = false;
};

/// As a relay knows an outbox.
struct outbox_of_world {
    std::string source;
    std::string database;
    long long timeline;
};

/// The database that sessions meet in, and what must be true of what they do there. Emptied between two orders.
class world : public watcher {
  public:
    world();

    session_pool& sessions() { return sessions_; }
    test::database& database() { return db_; }

    void empty();
    /// Ready, of the kind "test", in the queue "default". `operation`: the number of another job, whose operation it
    /// is.
    void put_job(int number, int operation);
    void put_job(int number) { put_job(number, number); }
    long register_worker();
    /// No more of these jobs may run at once, counted by key.
    void limit_to(int most);

    /// Jobs come from there from now on. It is empty.
    void use_outbox();
    /// Its ring is at its beginning.
    void begin_ring();
    outbox_of_world outbox();
    /// Enqueues the job of that number, as an application would.
    void enqueue_now(int number);
    /// All of those have the same unique key.
    void enqueue_unique_now(int number);
    /// A transaction that has enqueued it has been committed.
    void was_committed(int number);
    /// Moves all that there is, as a healthy relay does.
    void relay_all();
    /// Runs a job, as a healthy worker does.
    void run_one();
    /// What the queue knows of the outbox is from a future that did not come.
    void forget_position();

    /// Whose attempt it is, by its number and its registration.
    void begins(int who, long worker, attempt const& one);
    void ends(int who, std::string const& job);
    /// An ending has been accepted: nobody may have begun a later attempt.
    void accepted(int who, attempt const& one);
    /// An ending has been refused: that has to have a reason.
    void refused(int who, long worker, std::string const& job);
    /// A batch has ended: nothing may be counted for it any more.
    void left_batch(int who, long worker);
    /// Whoever is found dead has stopped its handlers, or they are not told from others' by anybody.
    void look_for_the_dead();
    void dies(int who);
    void violated(std::string const& what) { violations_.push_back(what); }

    /// What healthy workers would do then: everything is done.
    void settle();
    /// Adds what is wrong then to the violations, which are returned.
    std::vector<std::string> const& check();

    bool waits(int process) override;
    void end(int process) override;

  private:
    struct running {
        int who;
        long worker;
        std::string fence;
    };

    bool is_over(running const& one) const { return dead_.contains(one.who) || found_dead_.contains(one.worker); }
    void count_running();
    void rescue(long worker);
    void look_at_keys();
    void let_parked_jobs_run();
    void finish_jobs();
    void claim_and_complete(long worker, bool suspects);

    test::database db_;
    session session_;
    bool has_outbox_ = false;
    session_pool sessions_;
    int jobs_ = 0;
    int limit_ = 0; ///< none
    std::set<int> operations_;
    std::set<long> workers_;
    std::set<long> found_dead_;
    std::set<int> dead_;
    std::map<std::string, std::vector<running>> running_;
    std::map<std::string, long long> fences_; ///< the highest, by job
    std::vector<std::string> violations_;
};

/// Of a job that put_job() makes, and of its operation.
std::string id_of(int number);

/// Statements that enqueue the job of that number.
std::string enqueue_text(int number);
std::string enqueue_unique_text(int number);

/// An array of uuids and the like, whose elements need no quotes.
std::string array_of(std::vector<std::string> const& values);

} // namespace txq::interleavings
