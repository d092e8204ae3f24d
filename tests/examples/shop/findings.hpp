#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mail_sink.hpp"

namespace shop {

struct receipt {
    order_number order;
    std::int64_t started_us;
};

struct commit {
    order_number order;
    std::int64_t committed_us;
};

/// What is in the tables and in the sink when everything has come to rest.
struct evidence {
    std::vector<order_number> orders;
    std::vector<receipt> receipts;
    std::vector<mail> mails;
    std::vector<commit> commits;
};

/// Microseconds.
struct percentiles {
    std::int64_t p50 = 0;
    std::int64_t p95 = 0;
    std::int64_t p99 = 0;
};

struct findings {
    std::size_t orders = 0;
    std::size_t receipts = 0;
    std::size_t mails = 0;               ///< with different keys
    std::size_t mails_with_same_key = 0; ///< handed over again after a kill, which the key makes harmless
    std::size_t lost = 0;                ///< orders without a receipt or without a mail
    std::size_t duplicated_receipts = 0; ///< beyond the first of an order
    std::size_t duplicated_mails = 0;    ///< beyond the first key of an order
    std::size_t orphan_effects = 0;      ///< receipts and mails of an order that was never committed
    percentiles commit_to_start;

    bool good() const noexcept { return lost + duplicated_receipts + duplicated_mails + orphan_effects == 0; }
};

findings examine(evidence const& found);

} // namespace shop
