#pragma once

#include <cstdint>
#include <string>

#include "fleet.hpp"

namespace txq::chaos {

/// A place at which a program of this role can die, and the how many-th time it comes there, as TXQ_FAILPOINT takes it.
/// Empty where programs have none: producers, and builds without TXQ_PLANTED_BUGS.
std::string failpoint_of(role which, std::uint32_t target);

} // namespace txq::chaos
