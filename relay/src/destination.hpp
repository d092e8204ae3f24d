#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "batch.hpp"
#include "continuity.hpp"
#include "depth_watch.hpp"
#include "link.hpp"
#include "position.hpp"
#include "stopped.hpp"

namespace txq::relay {

/// The batch that was to be written is not the next one: another relay has written it.
class overtaken : public std::runtime_error {
  public:
    overtaken() : std::runtime_error{"another relay has moved on from here"} {}
};

/// How far an outbox has been moved.
struct progress {
    std::int64_t batch = 0;    ///< the last one; 0: none yet
    std::int64_t timeline = 0; ///< of the server whose transaction ids the position is made of
    position at;
    bool again = false; ///< what comes next may have been moved before: the outbox is being read anew
};

/// What the queue has of that.
struct record {
    progress last;
    bool copied = false; ///< whether a copy of this outbox has been moved from
    std::optional<stop> stopped{};
};

/// What became of a batch's jobs.
struct written {
    std::int64_t added = 0;
    std::int64_t stood_for = 0; ///< by other jobs: they are not to be jobs of their own
};

/// The queue's database.
class destination {
  public:
    /// `relay` is this process's name.
    destination(connection_info const& where, std::string relay, bool pooled = false)
        : link_{side::queue, where, pooled},
          relay_{std::move(relay)} {}

    identity const& is() const noexcept { return link_.is(); }
    /// As in link.
    void check_not_outdated() { link_.check_not_outdated(); }

    record read_record(outbox_key const& of);

    /// Puts a batch's jobs into the queue and records how far the source has been moved with it, durably, or throws and
    /// does neither; what a lost connection has come to, read_record tells. Throws overtaken.
    /// again: look for jobs that are done, too, since they may have been moved before.
    written write(outbox_key const& of, progress const& after, batch const& jobs, bool again);

    /// Notes that nothing is moved from now on: a person has to say so, unless that is said with it (`why.resumed`).
    /// Returns what a person should know.
    stopped stop_moving(outbox_key const& of, std::int64_t last_batch, stop const& why);
    /// Whether that still holds.
    bool is_stopped(outbox_key const& of);

    /// What comes after a batch.
    using progress_after = std::function<progress(batch const& jobs)>;
    /// The same for the outbox that is in this database: moves the jobs that come next, which do not leave the server,
    /// and records what `after` makes of them. Returns them without their columns; without jobs it has not written
    /// anything. Returns nothing, and has done nothing, where some have to be decided about or are there already, or
    /// another relay is in the way: then they are to be read and written.
    std::optional<batch> move_within(outbox_key const& of, position const& from, read_limit const& limit,
                                     progress_after const& after);

    /// Forgets what was recorded of old batches.
    void prune(outbox_key const& of, std::int64_t first_batch_to_keep);

    /// Those that have a maximum depth and have reached it.
    std::vector<full_queue> full_queues();

  private:
    using parameters = std::function<pq::params(std::vector<std::string> const& columns)>; ///< of write_batch

    written write_all(pq::params const& with);
    void record_batch(outbox_key const& of, progress const& after, batch const& jobs, link::runner const& run);
    written settle_and_write(batch const& jobs, bool again, parameters const& with);
    void let_next_in_order_run(pqxx::row const& batch);

    link link_;
    std::string relay_;
};

} // namespace txq::relay
