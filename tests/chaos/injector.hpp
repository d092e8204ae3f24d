#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cluster.hpp"
#include "far_network.hpp"
#include "fleet.hpp"
#include "horizons.hpp"
#include "person.hpp"
#include "plan.hpp"
#include "proxy.hpp"
#include "stepped_clocks.hpp"

namespace txq::chaos {

/// Makes planned faults happen, and counts those that did. One thread.
class injector {
  public:
    using clock = fleet::clock;

    /// `clocks`: of programs.
    injector(cluster& servers, proxy& between, fleet& programs, far_network& far, std::deque<steered_clock>& clocks,
             history& where, std::chrono::milliseconds lease);

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

    /// Whether a server does not answer, and does not refuse to, either.
    bool frozen() const { return clock::now() < thawed_at_; }

  private:
    struct held_stall {
        std::size_t route;
        clock::time_point until;
    };

    std::size_t chosen(std::uint32_t target) const;
    bool try_to(planned_fault const& one);
    bool arm(std::size_t which, std::uint32_t target);
    bool end_backend(std::uint32_t target);
    bool kill_in_server(std::uint32_t target);
    bool freeze(std::size_t server, std::chrono::milliseconds length);
    bool stall(std::size_t which, std::chrono::milliseconds length);
    bool take_down(std::uint32_t target, std::chrono::milliseconds length);
    void enqueue_without_flush();
    bool fill_disk(std::chrono::milliseconds length);
    bool revive(std::size_t server);
    bool cut_off(std::uint32_t target, std::chrono::milliseconds length);
    bool fail_over(std::size_t server, bool lossy);
    bool step_servers(std::uint32_t target, std::chrono::milliseconds length);
    bool step_programs(std::uint32_t target, std::chrono::milliseconds length);
    void kill_who_reads_anew();
    bool lose_packets(int percent, std::chrono::milliseconds length);
    void tend_networks();
    static char const* name_of(role which);

    cluster& servers_;
    proxy& between_;
    fleet& programs_;
    far_network& far_;
    std::deque<steered_clock>& clocks_;
    history& where_;
    std::chrono::milliseconds const lease_;
    horizons horizons_;
    stepped_clocks steps_;
    person operator_;
    std::list<held_stall> stalls_;
    std::map<std::size_t, clock::time_point> down_; ///< by a database of the server's: until when
    std::optional<std::size_t> cut_off_;            ///< whose standby gets nothing any more
    clock::time_point fail_over_at_{};
    bool stops_ = false;                  ///< whether relays may have stopped, which takes a person
    clock::time_point read_anew_until_{}; ///< an outbox, by relays that find it promoted
    struct lossy_spell {
        int percent;
        clock::time_point until;
    };
    std::list<lossy_spell> spells_;
    clock::time_point thawed_at_{};
    /// Each thaws a server: whoever asks it meanwhile, be it this thread, waits.
    std::vector<std::jthread> thaws_;
    small_disk* full_ = nullptr;
    clock::time_point disk_free_at_ = clock::time_point::max();
    std::map<std::string, long long> counts_;
};

} // namespace txq::chaos
