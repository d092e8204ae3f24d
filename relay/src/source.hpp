#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batch.hpp"
#include "depth_watch.hpp"
#include "link.hpp"
#include "position.hpp"

namespace txq::relay {

/// The job that comes next, by its place.
struct next_job {
    snapshot seen;
    last_row at;
    std::string id;
};

/// Whether there is anything to move, and what could be seen by the one who looked.
struct peeked {
    bool anything = false;
    snapshot seen;
};

/// The outbox's database.
class source {
  public:
    explicit source(connection_info const& where, bool pooled = false)
        : pooled_{pooled},
          link_{side::outbox, where, pooled} {}

    identity const& is() const noexcept { return link_.is(); }
    /// As in link.
    void check_not_outdated() { link_.check_not_outdated(); }

    /// Whether this is now the active relay of the outbox; it stays so until the connection ends. Always true on a
    /// pooler's connection, which has no lock to hold: then the queue's record is what keeps relays apart.
    bool try_lock();

    struct outbox {
        std::string id;           ///< shared with its copies
        std::int64_t barrier = 0; ///< the last batch that was read
        std::int64_t anew = 0;    ///< the first batch since it was last read anew; 0: never
        row_place truncated{};    ///< the last row that is gone because it had been moved
    };
    outbox identify();

    peeked peek(position const& from);
    batch read(position const& from, read_limit const& limit);

    /// Waits until all that read() could see is on disk. False if the barrier is not `known`: another relay has moved
    /// on.
    bool flush(std::int64_t batch_number, std::int64_t known);

    /// Removes what has been moved, as far as nobody is in its way, and lets inserts go on to the next slot.
    void tidy(position const& moved);

    std::optional<next_job> next(position const& from);
    /// The batch of that job alone.
    batch read_one(next_job const& which);
    /// Keeps a copy of that job in txq.outbox_rejected; `unreadable`: it cannot be read, so without its payload if that
    /// cannot be copied either. Returns the empty batch that ends with it.
    batch reject(next_job const& which, std::string const& why, bool unreadable);

    /// Notes that the outbox is read anew from this batch on, and gives rows of another life of the database a place
    /// that comes before those still to come. Returns how many.
    std::size_t begin_anew(std::int64_t batch_number);

    /// From now on these queues are full, and no others.
    void publish(std::vector<full_queue> const& full);

  private:
    bool const pooled_;
    link link_;
};

} // namespace txq::relay
