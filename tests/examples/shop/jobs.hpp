#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

namespace shop {

using order_number = std::int64_t;

/// Enqueued by the transaction that places the order.
struct write_receipt {
    static constexpr std::string_view kind = "write_receipt";
    order_number order;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(write_receipt, order)

/// Enqueued by the transaction that writes the receipt.
struct send_mail {
    static constexpr std::string_view kind = "send_mail";
    order_number order;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(send_mail, order)

/// Producers and workers run on one machine, so its clock will do for both.
inline std::int64_t now_us() {
    auto const since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
}

} // namespace shop
