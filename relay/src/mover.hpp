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

/// What to do where the outbox's database has lost commits whose jobs were moved.
enum class when_lost { stop, go_on };

/// What a step of the mover has come to.
struct moved {
    int jobs = 0;
    bool more = false;    ///< whether there may be more to move at once
    bool refused = false; ///< whether nothing has been moved, and fewer jobs are to be tried
};

/// The active relay of one outbox: moves its jobs into the queue, batch by batch, for as long as both connections last.
///
/// What has been moved is what the queue has recorded; what is kept here follows from it and is only ever ahead of it
/// where no row lies between. So whatever fails, a new mover that begins at the queue's record carries on exactly.
class mover {
  public:
    mover(source& from, destination& to, read_limit limit, when_lost what = when_lost::stop);

    /// Finds out where to go on. Throws stopped where the outbox must not be moved from before a person has said so.
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
    /// Of a job that cannot be moved.
    struct refusal {
        std::string database;
        std::string why;
        bool when_read = true; ///< or when it was to be written
    };

    continuity look();
    continuity look_twice();
    void begin_anew();
    void say_what_the_queue_lost() const;
    void stop_unless(bool may_go_on, stop const& why);
    moved move_batch();
    moved came_to(batch const& jobs);
    bool stays_within() const { return within_ && !again_ && !settling_; }
    std::optional<moved> move_within();
    moved move_one();
    batch read_one(next_job const& which);
    batch unless_others_fail(next_job const& which, refusal const& of);
    bool can_read_behind(next_job const& which);
    batch put_aside(next_job const& which, refusal const& of);
    batch next_batch();
    progress after(batch const& jobs) const;
    void write(batch const& jobs);
    void raise_barrier(std::int64_t batch_number);
    void has_moved(batch const& jobs, progress const& next);
    std::future<batch> read_ahead(batch const& now, position const& from);

    source& from_;
    destination& to_;
    bool const same_database_;
    std::int64_t const bytes_;
    batch_limit limit_;
    when_lost const when_lost_;
    outbox_key key_{};
    progress progress_{};
    std::int64_t barrier_ = 0; ///< the highest batch that the outbox's database has heard of
    /// Until everything that could be seen at the beginning has been looked at: some of it may have been moved before.
    bool again_ = false;
    /// Whether jobs may go from the outbox into the queue within the server; not if the role may not read it there.
    bool within_ = same_database_;
    bool settling_ = false;      ///< the last batch had jobs that had to be decided about, so the next one may, too
    bool looked_ = false;        ///< and so the outbox's server has heard of us since the last batch
    std::optional<batch> ahead_; ///< what comes next, if it has been read already
    std::size_t bytes_to_tidy_ = 0;
};

} // namespace txq::relay
