#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <string>

#include <txq/detail/batch_limit.hpp>

#include "continuity.hpp"
#include "destination.hpp"
#include "source.hpp"

namespace txq::relay {

/// What a step of the mover has come to.
struct moved {
    int jobs = 0;
    bool more = false; ///< whether there may be more to move at once
};

/// The active relay of one outbox: moves its jobs into the queue, batch by batch, for as long as both connections last.
///
/// What has been moved is what the queue has recorded; what is kept here follows from it and is only ever ahead of it
/// where no row lies between. So whatever fails, a new mover that begins at the queue's record carries on exactly.
class mover {
  public:
    mover(source& from, destination& to, read_limit limit);

    /// Finds out where to go on. Throws failure where the outbox must not be moved from (now).
    void begin();

    /// Whether there is anything to move.
    bool anything();

    /// Moves the next batch. Throws failure and overtaken; then this mover is of no use any more.
    moved move();

    /// Removes what has been moved from the outbox, and old records of it from the queue.
    void tidy();

    /// Roughly how much has been moved since the last tidy().
    std::size_t bytes_to_tidy() const noexcept { return bytes_to_tidy_; }

  private:
    void begin_anew();
    moved move_batch();
    moved move_one();
    batch without(next_job const& refused, failure const& why);
    batch next_batch();
    void write(batch const& jobs);
    std::future<batch> read_ahead(batch const& now, position const& after);

    source& from_;
    destination& to_;
    bool const same_database_;
    std::int64_t const bytes_;
    batch_limit limit_;
    outbox_key key_{};
    progress progress_{};
    /// Until everything that could be seen at the beginning has been looked at: some of it may have been moved before.
    bool again_ = false;
    std::optional<batch> ahead_; ///< what comes next, if it has been read already
    std::size_t bytes_to_tidy_ = 0;
};

} // namespace txq::relay
