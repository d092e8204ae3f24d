#pragma once

#include <array>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <pqxx/pqxx>

#include "cluster.hpp"
#include "fleet.hpp"
#include "plan.hpp"
#include "proxy.hpp"

namespace txq::chaos {

/// Makes planned faults happen, and counts those that did. One thread.
class injector {
  public:
    using clock = fleet::clock;

    injector(cluster& servers, proxy& between, fleet& programs, history& where, std::chrono::milliseconds lease);

    void perform(planned_fault const& one);
    /// Ends what has lasted long enough.
    void tend();
    /// Ends all of it: everything can be reached again, nothing is stopped, nobody waits.
    void heal();

    /// Those whose producer died in between, as an application's transaction manager would. When the producers have
    /// left.
    void commit_prepared();

    /// What really happened, by what to call it.
    std::map<std::string, long long> counts() const;

  private:
    struct held_horizon {
        std::unique_ptr<pqxx::connection> connection;
        clock::time_point until;
    };
    struct held_stall {
        std::size_t route;
        clock::time_point until;
    };

    std::size_t chosen(std::uint32_t target) const;
    bool try_to(planned_fault const& one);
    bool end_backend(std::uint32_t target);
    bool stall(std::size_t which, std::chrono::milliseconds length);
    bool take_down(std::uint32_t target, std::chrono::milliseconds length);
    void enqueue_without_flush();
    bool fill_disk(std::chrono::milliseconds length);
    bool revive(std::size_t server);
    bool hold_horizon(std::uint32_t target, std::chrono::milliseconds length);
    static char const* name_of(role which);

    cluster& servers_;
    proxy& between_;
    fleet& programs_;
    history& where_;
    std::chrono::milliseconds const lease_;
    std::list<held_horizon> horizons_;
    std::list<held_stall> stalls_;
    std::map<std::size_t, clock::time_point> down_; ///< by a database of the server's: until when
    clock::time_point disk_free_at_ = clock::time_point::max();
    std::map<std::string, long long> counts_;
};

} // namespace txq::chaos
