#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "cluster.hpp"
#include "far_network.hpp"
#include "fleet.hpp"
#include "kinds.hpp"
#include "proxy.hpp"
#include "run.hpp"

namespace txq::chaos {

/// The queue that only one worker serves.
inline std::string own_queue(int worker) { return "probe-" + std::to_string(worker); }

/// Two relays for each outbox, a few workers, and producers for each application; each with routes of its own.
/// One worker and one relay are in the far network, if it exists.
std::vector<place> make_places(settings const& how, cluster& servers, proxy& between, far_network const& far);

} // namespace txq::chaos
