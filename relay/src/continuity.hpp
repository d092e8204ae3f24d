#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "position.hpp"

namespace txq::relay {

/// Which server's transaction ids: its system identifier, its timeline, which a promotion or a recovery to a point in
/// time raises, and the database in it.
struct origin {
    std::string system;
    std::uint32_t timeline = 0;
    std::string database;

    /// From `system/timeline/database`, as in database_identity. Throws std::invalid_argument.
    static origin parse(std::string_view text);

    friend bool operator==(origin const&, origin const&) = default;
};

/// What the queue has recorded of an outbox.
struct recorded {
    std::int64_t batch = 0;
    origin from;
    transaction_id txid = 0;
};

/// What the outbox's database says of itself.
struct observed {
    origin from;
    transaction_id xmax = 0;
    std::int64_t barrier = 0; ///< the last batch that was read from it
    bool holds_queue =
        false; ///< the queue is in the same database, so that both go back in time together or not at all
};

/// Whether the outbox's transaction ids go on from where the recorded position was made.
enum class continuity {
    unbroken,
    queue_lost_batches, ///< the outbox has had more batches read from it than the queue knows of
    source_replaced,    ///< ids start anew, from the past or elsewhere: the position means nothing any more
    source_outdated,    ///< the queue has moved on to a successor of this server: what is here is history
};

continuity judge(std::optional<recorded> const& before, observed const& now);

} // namespace txq::relay
