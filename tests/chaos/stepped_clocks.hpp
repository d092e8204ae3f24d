#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "fleet.hpp"
#include "history.hpp"
#include "steered_clock.hpp"

namespace txq::chaos {

/// Steps clocks, forward for good or back for a while, and writes that down: what waits for a time that would not come
/// for an hour would be waited for. One thread.
class stepped_clocks {
  public:
    using clock = fleet::clock;

    explicit stepped_clocks(history& where) : where_{where} {}

    /// By 5 to 60 minutes, which come from `target`; back by twice as much, until `length` is over. `whose`: the event
    /// that is written down. False if it is back already.
    bool step(steered_clock& which, nlohmann::json const& whose, bool forward, std::uint32_t target,
              std::chrono::milliseconds length);

    /// Ends what has lasted long enough.
    void tend();
    /// Ends what lasts, with the next tend().
    void heal();

  private:
    struct dip {
        nlohmann::json whose;
        std::chrono::seconds back_to;
        clock::time_point until;
    };

    void set(steered_clock& which, nlohmann::json whose, std::chrono::seconds offset);

    history& where_;
    std::map<steered_clock*, dip> dips_;
};

} // namespace txq::chaos
