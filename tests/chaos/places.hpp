#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "cluster.hpp"
#include "fleet.hpp"
#include "proxy.hpp"
#include "run.hpp"

namespace txq::chaos {

inline constexpr int workers = 3;

/// The queue that only one worker serves.
inline std::string own_queue(int worker) { return "probe-" + std::to_string(worker); }

/// Two relays for each outbox, a few workers, and producers for each application; each with routes of its own.
std::vector<place> make_places(settings const& how, cluster const& servers, proxy& between);

} // namespace txq::chaos
