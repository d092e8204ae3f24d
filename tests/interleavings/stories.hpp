#pragma once

#include <functional>
#include <string>
#include <vector>

#include "world.hpp"

namespace txq::interleavings {

/// Some sessions that meet.
struct story {
    std::string name;
    /// Puts jobs and workers there, and says what each session does. Its steps have to be as many each time.
    std::function<std::vector<std::vector<step>>(world&)> begin;
};

std::vector<story> all_stories();

} // namespace txq::interleavings
