#pragma once

#include <stdexcept>
#include <string>

namespace txq {

/// What went wrong, for callers that branch on it; people read error::what().
enum class errc {
    // what a producer gave to enqueue
    bad_kind,
    bad_queue,
    bad_payload,
    bad_priority,
    bad_time,
    bad_max_attempts,
    bad_operation_id,
    bad_headers,
    bad_tenant,
    bad_unique,
    bad_order_key,
    queue_full,
    // how a program or a library object was set up
    bad_configuration,
    bad_schedule,
    no_database,
    // what the role of the connection may not do
    missing_privilege,
    // the schema and this program do not go together
    schema_missing,
    schema_too_old,
    schema_too_new,
    migration_changed,
    // what an operator's command asked for
    not_found,
    wrong_state,
};

/// The name of an error code, as in the source.
char const* name(errc code) noexcept;

/// Everything that txq itself has to complain about. The database's own errors pass through as libpqxx's exceptions.
class error : public std::runtime_error {
  public:
    error(errc code, std::string const& message) : std::runtime_error{message}, code_{code} {}

    errc code() const noexcept { return code_; }

  private:
    errc code_;
};

} // namespace txq
