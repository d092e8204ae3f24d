#include "findings.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace shop {

namespace {

using orders = std::unordered_set<order_number>;
using count_by_order = std::unordered_map<order_number, std::size_t>;

/// Effects beyond the first of each order, and those of no order.
struct excess {
    std::size_t surplus = 0;
    std::size_t orphans = 0;
};

excess compare(orders const& placed, count_by_order const& effects) {
    excess result;
    for (auto const& [order, count] : effects) {
        if (placed.contains(order))
            result.surplus += count - 1;
        else
            result.orphans += count;
    }
    return result;
}

count_by_order receipts_by_order(evidence const& found) {
    count_by_order counts;
    for (auto const& one : found.receipts) ++counts[one.order];
    return counts;
}

/// The same key twice counts once: that is what it is for.
count_by_order mails_by_order(evidence const& found) {
    std::set<std::pair<order_number, std::string>> different;
    for (auto const& one : found.mails) different.emplace(one.order, one.key);
    count_by_order counts;
    for (auto const& [order, key] : different) ++counts[order];
    return counts;
}

std::int64_t percentile(std::vector<std::int64_t> const& sorted, double share) {
    if (sorted.empty()) return 0;
    auto const rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

percentiles commit_to_start(evidence const& found) {
    std::unordered_map<order_number, std::int64_t> committed;
    for (auto const& one : found.commits) committed.emplace(one.order, one.committed_us);
    std::vector<std::int64_t> delays;
    for (auto const& one : found.receipts)
        if (auto const at = committed.find(one.order); at != committed.end())
            // a handler can start before the producer has read its clock
            delays.push_back(std::max<std::int64_t>(0, one.started_us - at->second));
    std::sort(delays.begin(), delays.end());
    return {percentile(delays, 0.50), percentile(delays, 0.95), percentile(delays, 0.99)};
}

} // namespace

findings examine(evidence const& found) {
    orders const placed{found.orders.begin(), found.orders.end()};
    auto const receipts = receipts_by_order(found);
    auto const mails = mails_by_order(found);
    auto const [more_receipts, orphan_receipts] = compare(placed, receipts);
    auto const [more_mails, orphan_mails] = compare(placed, mails);

    findings result;
    result.orders = placed.size();
    result.receipts = found.receipts.size();
    for (auto const& [order, count] : mails) result.mails += count;
    result.mails_with_same_key = found.mails.size() - result.mails;
    for (auto const order : placed)
        if (!receipts.contains(order) || !mails.contains(order)) ++result.lost;
    result.duplicated_receipts = more_receipts;
    result.duplicated_mails = more_mails;
    result.orphan_effects = orphan_receipts + orphan_mails;
    result.commit_to_start = commit_to_start(found);
    return result;
}

} // namespace shop
