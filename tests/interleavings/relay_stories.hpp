#pragma once

#include <vector>

#include "stories.hpp"

namespace txq::interleavings {

/// Those with relays and applications' transactions.
std::vector<story> relay_stories();

} // namespace txq::interleavings
