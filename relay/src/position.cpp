#include "position.hpp"

#include <algorithm>

namespace txq::relay {

namespace {

bool in_progress(snapshot const& seen, transaction_id txid) {
    return std::ranges::binary_search(seen.in_progress, txid);
}

/// All rows of late transactions that could be seen are moved. A transaction that has ended without any was rolled
/// back, or never enqueued: either way it is over.
std::vector<late_transaction> still_late(position const& from, snapshot const& seen) {
    std::vector<late_transaction> late;
    std::ranges::copy_if(from.late, std::back_inserter(late),
                         [&](auto const& one) { return in_progress(seen, one.txid); });
    return late;
}

/// Moves the position on to (txid, seq), past transactions that are still in progress.
position move_on(position const& from, snapshot const& seen, transaction_id txid, std::int64_t seq) {
    position next{.txid = txid, .seq = seq, .late = still_late(from, seen)};
    for (auto const one : seen.in_progress)
        if (one >= from.txid && one < txid) next.late.push_back({.txid = one});
    return next;
}

/// The rows of the late transactions were not even all read: those before the last one's are, those after it are not.
position stay(position const& from, snapshot const& seen, last_row const& last) {
    position next{.txid = from.txid, .seq = from.seq};
    for (auto const& one : from.late) {
        if (one.txid == last.txid)
            next.late.push_back({.txid = one.txid, .seq = last.seq});
        else if (one.txid > last.txid || in_progress(seen, one.txid))
            next.late.push_back(one);
    }
    return next;
}

} // namespace

position advance(position const& from, snapshot const& seen, std::optional<last_row> const& last) {
    if (!last) return move_on(from, seen, seen.xmax, 0);
    return last->late ? stay(from, seen, *last) : move_on(from, seen, last->txid, last->seq);
}

bool covers(position const& moved, row_place const& last, snapshot const& now) {
    if (row_place{moved.txid, moved.seq} < last) return false;
    return std::ranges::none_of(
        moved.late, [&](late_transaction const& one) { return one.txid <= last.txid && !in_progress(now, one.txid); });
}

} // namespace txq::relay
