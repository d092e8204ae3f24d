#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace txq::interleavings {

/// Whose step it is at each point; and where one of them ends there, at once after the step before.
struct order {
    std::vector<int> turns;
    std::optional<std::size_t> killed_after{};

    /// As `0 0 1! 0`: turns that a dead one does not take any more are left out.
    std::string text() const;
};

/// How many orders there are of sessions with so many steps each, with a kill nowhere or after any of the steps.
unsigned long long count_orders(std::vector<int> const& steps, bool kills);

/// Calls it with each of them that says something new: all, or `most` of them that are spread over all (0: all).
/// Returns how many.
unsigned long long for_each_order(std::vector<int> const& steps, bool kills, unsigned long long most,
                                  std::function<void(order const&)> const& what);

} // namespace txq::interleavings
