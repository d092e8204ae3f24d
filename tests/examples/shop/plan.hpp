#pragma once

#include <optional>

#include "jobs.hpp"

namespace shop {

/// Which orders there will be. Orders 1 to `orders` are placed one by one; behind them in number come those of the
/// large transactions, and the one whose transaction stays open.
struct plan {
    order_number orders = 20'000;
    int producers = 8;
};

/// Orders that are placed in one transaction.
struct large_order {
    order_number first;
    order_number size;
    bool rolled_back;
};

inline constexpr order_number large_orders = 5;
/// So that 20,000 orders come with five times 401.
constexpr order_number orders_in_large(plan const& whole) { return whole.orders / 50 + 1; }

/// One in ten.
constexpr bool is_rolled_back(order_number order) { return order % 10 == 7; }

/// The large transactions are spread evenly over the others: what is placed before this order, if anything.
constexpr std::optional<large_order> large_order_before(plan const& whole, order_number order) {
    auto const spacing = whole.orders / (large_orders + 1) + 1;
    if (order % spacing != 0) return std::nullopt;
    auto const number = order / spacing;
    auto const size = orders_in_large(whole);
    return large_order{whole.orders + 1 + (number - 1) * size, size, number == 3};
}

/// The order whose transaction begins first and commits last.
constexpr order_number last_order(plan const& whole) {
    return whole.orders + 1 + large_orders * orders_in_large(whole);
}

} // namespace shop
