#pragma once

#include <deque>
#include <vector>

#include "cluster.hpp"
#include "far_network.hpp"
#include "fleet.hpp"
#include "kinds.hpp"
#include "proxy.hpp"
#include "run.hpp"
#include "steered_clock.hpp"

namespace txq::chaos {

/// What the queues' names begin with that only one worker serves: see own_queue_of.
inline std::string own_queue(int worker) { return "probe-" + std::to_string(worker); }

/// Two relays for each outbox, a few workers, and producers for each application; each with routes of its own.
/// One worker and one relay are in the far network, if it exists. The clocks are dealt out in turn, so that those of
/// the same role do not agree about the time; if there are none, all have the machine's.
std::vector<place> make_places(settings const& how, cluster& servers, proxy& between, far_network const& far,
                               std::deque<steered_clock> const& clocks);

} // namespace txq::chaos
