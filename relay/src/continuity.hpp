#pragma once

#include <cstdint>
#include <optional>

#include "position.hpp"

namespace txq::relay {

/// What the queue has recorded of an outbox.
struct recorded {
    std::int64_t batch = 0;
    std::int64_t timeline = 0; ///< of the server that the position was made on
    transaction_id txid = 0;
};

/// What the outbox's database says of itself.
struct observed {
    std::int64_t timeline = 0;
    transaction_id xmax = 0;
    std::int64_t barrier = 0; ///< the last batch that was read from it
    bool holds_queue =
        false;           ///< the queue is in the same database, so that both go back in time together or not at all
    bool copied = false; ///< the queue has records of another copy of this outbox
};

/// Whether the outbox's transaction ids go on from where the recorded position was made.
enum class continuity {
    unbroken,
    queue_lost_batches, ///< the outbox has had more batches read from it than the queue knows of
    source_replaced,    ///< ids start anew, from the past or elsewhere: the position means nothing any more
    source_outdated,    ///< the queue has moved on to a successor of this server: what is here is history
};

/// `before` is nothing if this outbox has never been moved from.
continuity judge(std::optional<recorded> const& before, observed const& now);

} // namespace txq::relay
