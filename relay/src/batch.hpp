#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <txq/detail/pq.hpp>

#include "position.hpp"

namespace txq::relay {

/// How much to read at a time.
struct read_limit {
    int rows = 1000;
    /// Of payloads and headers, as texts; as they are stored, that is after compression, where they do not leave the
    /// server. One row is read whatever its size.
    std::int64_t bytes = std::int64_t{8} * 1024 * 1024;
};

/// The next jobs of an outbox.
struct batch {
    snapshot seen;
    std::optional<last_row> last; ///< if there may be more
    int jobs = 0;
    int asked = 0; ///< at most so many rows
    /// Ids, operation ids and so on, each as the text of an array: read_outbox makes them and write_batch takes them.
    /// None where the jobs have not left the server.
    std::vector<std::string> columns{};
    bool any_unique = false; ///< settle_unique has to decide first which of them become jobs of their own
    std::size_t bytes = 0;   ///< of the columns, or of payloads and headers as they are stored

    /// Whether more rows would have been too large.
    bool cut() const noexcept { return last && jobs < asked; }
};

/// What a row of a statement that looks into the outbox says of its snapshot.
snapshot seen_by(pqxx::row const& row);

/// What a row of read_outbox or move_outbox says of how far it read, without columns and their size.
batch batch_of(pqxx::row const& row);

/// The columns of a row of read_outbox or settle_unique.
std::vector<std::string> columns_of(pqxx::row const& row);

/// The columns of a batch without jobs.
std::vector<std::string> no_columns();

} // namespace txq::relay
