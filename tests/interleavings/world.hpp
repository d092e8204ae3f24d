#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <txq/detail/session.hpp>

#include <support/database.hpp>

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

    /// Whose attempt it is, by its number and its registration.
    void begins(int who, long worker, attempt const& one);
    void ends(int who, std::string const& job);
    /// An ending has been refused: that has to have a reason.
    void refused(int who, long worker, std::string const& job);
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

    void rescue(long worker);
    void finish_jobs();

    test::database db_;
    session session_;
    session_pool sessions_;
    int jobs_ = 0;
    std::set<int> operations_;
    std::set<long> workers_;
    std::set<long> found_dead_;
    std::set<int> dead_;
    std::map<std::string, std::vector<running>> running_;
    std::map<std::string, long long> fences_; ///< the highest, by job
    std::vector<std::string> violations_;
};

/// An array of uuids and the like, whose elements need no quotes.
std::string array_of(std::vector<std::string> const& values);

} // namespace txq::interleavings
