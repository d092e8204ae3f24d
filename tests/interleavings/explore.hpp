#pragma once

#include <string>
#include <vector>

#include "stories.hpp"

namespace txq::interleavings {

/// What became of one story.
struct outcome_of_story {
    unsigned long long orders = 0;         ///< gone through
    unsigned long long all = 0;            ///< there are
    unsigned long long kills = 0;          ///< with a session that was ended
    unsigned long long waits = 0;          ///< in which somebody waited for somebody else
    std::vector<std::string> violations{}; ///< with the orders
};

/// `most`: of the orders, spread over all of them; 0: all.
outcome_of_story explore(story const& one, world& in, bool kills, unsigned long long most);

} // namespace txq::interleavings
