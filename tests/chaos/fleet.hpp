#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <support/process.hpp>

#include "history.hpp"

namespace txq::chaos {

enum class role { producer, relay, worker };

/// A process with a place in the workload: when it ends, another one takes its place.
struct place {
    std::string name;
    role what;
    std::vector<std::string> command; ///< `{}` stands for the name of the incarnation, as in worker-1.3
    std::vector<std::size_t> routes;  ///< of the proxy, over which it reaches its databases
};

/// The processes of a run. What happens to them is written down. One thread.
class fleet {
  public:
    using clock = std::chrono::steady_clock;

    /// `files`: where the processes' output goes.
    fleet(std::vector<place> places, std::filesystem::path files, history& where);

    /// Starts those that are due: at first all of them, later those that have ended.
    void tend();

    std::size_t size() const { return crew_.size(); }
    place const& at(std::size_t which) const { return crew_[which].where; }
    bool running(std::size_t which);

    /// SIGKILL; whether there was anything to kill. Another one takes its place after `pause`.
    bool kill(std::size_t which, std::chrono::milliseconds pause);
    /// SIGSTOP, and SIGCONT when it is over; whether there was anything to stop.
    bool stop(std::size_t which, std::chrono::milliseconds length);

    /// SIGKILL, and whoever takes its place will die at this place: see failpoint_of.
    bool kill_and_arm(std::size_t which, std::string failpoint);

    /// Wakes those that are stopped.
    void wake_all();
    /// SIGTERM to all of a role, and waits for their end; nobody takes their places.
    void dismiss(role which);

    /// Of those that have ended: the programs' words.
    std::map<std::string, std::string> const& outputs() const { return outputs_; }
    /// Processes that ended by themselves although nothing told them to, and how.
    std::vector<std::string> const& deserters() const { return deserters_; }
    int started() const { return started_; }
    /// How many have died at which place.
    std::map<std::string, long long> const& deaths_at() const { return deaths_at_; }

  private:
    struct member {
        place where;
        int incarnation = 0;
        std::unique_ptr<test::process> now;
        clock::time_point start_at{};
        clock::time_point wake_at = clock::time_point::max();
        bool stopped = false;
        bool dismissed = false;
        bool killed = false;
        std::string failpoint; ///< of the next one to start
        std::string armed;     ///< of the one that runs
    };

    std::string name_of(member const& one) const { return one.where.name + '.' + std::to_string(one.incarnation); }
    void start(member& one);
    void bury(member& one);
    void wake(member& one);

    std::filesystem::path files_;
    history& where_;
    std::vector<member> crew_;
    std::map<std::string, std::string> outputs_;
    std::vector<std::string> deserters_;
    int started_ = 0;
    std::map<std::string, long long> deaths_at_;
};

} // namespace txq::chaos
