#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "position.hpp"

namespace txq::relay {

enum class stop_reason {
    lost_commits,    ///< the outbox's database lacks commits whose jobs were moved
    outdated,        ///< the queue has jobs of a successor of the outbox's server
    queue_lost_jobs, ///< the queue lacks batches that it had, and the outbox does not have all of their jobs any more
};

/// As txq.stopped_outboxes has it.
char const* to_text(stop_reason reason);
stop_reason parse_stop_reason(std::string_view text);

/// That nothing is moved from an outbox until a person says so, as the queue has it; about the last batch.
struct stop {
    std::int64_t kept_batch = 0; ///< the last batch that the outbox's database knew of
    std::int64_t timeline = 0;   ///< of its server
    stop_reason why = stop_reason::lost_commits;
    bool resumed = false; ///< a person has said so: the outbox is to be read anew
};

/// What the queue has recorded of an outbox.
struct recorded {
    std::int64_t batch = 0;
    std::int64_t timeline = 0; ///< of the server that the position was made on
    position at{};
    std::optional<stop> stopped{};
};

/// What the outbox's database says of itself.
struct observed {
    std::int64_t timeline = 0;
    snapshot seen{};
    std::int64_t barrier = 0; ///< the last batch that was read from it, or one more if what was moved may be gone
    std::int64_t anew = 0;    ///< the first batch since it was last read anew; 0: never
    row_place truncated{};    ///< the last row that is gone from it because it had been moved
    bool holds_queue =
        false;           ///< the queue is in the same database, so that both go back in time together or not at all
    bool copied = false; ///< the queue has records of another copy of this outbox
};

/// Whether the outbox's transaction ids go on from where the recorded position was made.
enum class continuity {
    unbroken,
    queue_lost_batches, ///< the outbox has had more batches read from it than the queue knows of; or it is another
                        ///< queue
    queue_lost_jobs,    ///< the same, and the outbox has not all of their jobs any more: a person has to say that it
                        ///< goes on
    queue_lost_reading_anew, ///< the same, and among them are those with which the outbox was read anew
    source_replaced,         ///< the position may mean nothing any more: the outbox is to be read anew
    source_lost_commits,     ///< jobs were moved whose commits are gone: a person has to say that it goes on
    source_outdated,         ///< the queue has moved on to a successor of this server: what is here is history
};

/// `before` is nothing if the queue has no record of this outbox.
continuity judge(std::optional<recorded> const& before, observed const& now);

} // namespace txq::relay
