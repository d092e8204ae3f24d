#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "link.hpp"
#include "position.hpp"
#include "source.hpp"

namespace txq::relay {

/// The batch that was to be written is not the next one: another relay has written it.
class overtaken : public std::runtime_error {
  public:
    overtaken() : std::runtime_error{"another relay has moved on from here"} {}
};

/// Where a source has got to, as the queue has it.
struct progress {
    std::int64_t batch = 0; ///< the last one; 0: none yet
    std::string origin;     ///< which server's transaction ids the position is made of
    position at;
};

/// The queue's database.
class destination {
  public:
    /// `relay` is this process's name.
    destination(connection_info const& where, std::string relay)
        : link_{side::queue, where},
          relay_{std::move(relay)} {}

    std::string const& origin() const noexcept { return link_.origin(); }

    progress read_progress(std::string const& source_id);

    /// Puts a batch's jobs into the queue and records how far the source has been moved with it, durably, or throws and
    /// does neither; what a lost connection has come to, read_progress tells. Returns how many jobs were added: those
    /// that were there before are not added again. `again`: look for those that are done, too.
    /// Throws overtaken.
    std::int64_t write(std::string const& source_id, progress const& after, batch const& jobs, bool again);

    /// Forgets what was recorded of old batches.
    void prune(std::string const& source_id, std::int64_t first_batch_to_keep);

  private:
    link link_;
    std::string relay_;
};

} // namespace txq::relay
