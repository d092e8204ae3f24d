#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

namespace txq::relay {

/// A transaction of the outbox's database, as 64 bits: it never comes round again.
using transaction_id = std::uint64_t;

/// A transaction that was in progress when the position passed it. Of its rows those up to `seq` have been moved.
struct late_transaction {
    transaction_id txid = 0;
    std::int64_t seq = 0;

    friend bool operator==(late_transaction const&, late_transaction const&) = default;
};

/// Of a row, as the outbox is read.
struct row_place {
    transaction_id txid = 0;
    std::int64_t seq = 0;

    friend auto operator<=>(row_place const&, row_place const&) = default;
};

/// How far an outbox has been moved: every row up to (txid, seq), and none after it, but for the late transactions.
struct position {
    transaction_id txid = 0;
    std::int64_t seq = 0;
    std::vector<late_transaction> late{}; ///< ascending, all of them below txid

    friend bool operator==(position const&, position const&) = default;
};

/// What a statement could see: every transaction below `xmax` that is not in progress.
struct snapshot {
    transaction_id xmax = 0;
    std::vector<transaction_id> in_progress{}; ///< ascending, all of them below xmax
};

/// The last row that was read where there may be more, in reading order: the rows of late transactions come first, by
/// txid and seq, then the others, by txid and seq.
struct last_row {
    bool late = false;
    transaction_id txid = 0;
    std::int64_t seq = 0;
};

/// The position after a batch that was read from `from` on by a statement that could see `seen`. Without a last row the
/// batch was everything that could be seen.
position advance(position const& from, snapshot const& seen, std::optional<last_row> const& last);

/// Whether every row up to `last` has been moved that is not of a transaction which is in progress now. If a late
/// transaction has ended since, nobody knows.
bool covers(position const& moved, row_place const& last, snapshot const& now);

} // namespace txq::relay
