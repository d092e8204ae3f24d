#include <txq/detail/exit_code.hpp>

#include <cstdlib>

#include <txq/detail/duration.hpp>
#include <txq/error.hpp>
#include <txq/log.hpp>

namespace txq {

int exit_code::of(std::exception const& thrown) noexcept {
    auto const* const ours = dynamic_cast<error const*>(&thrown);
    if (ours == nullptr) return failed;
    switch (ours->code()) {
    case errc::bad_kind:
    case errc::bad_queue:
    case errc::bad_payload:
    case errc::bad_priority:
    case errc::bad_time:
    case errc::bad_max_attempts:
    case errc::bad_operation_id:
    case errc::bad_headers:
    case errc::bad_tenant:
    case errc::bad_unique:
    case errc::bad_order_key:
    case errc::bad_configuration:
    case errc::bad_schedule: return usage;
    case errc::no_database: return no_database;
    case errc::schema_missing:
    case errc::schema_too_old:
    case errc::schema_too_new:
    case errc::migration_changed: return schema;
    case errc::queue_full:
    case errc::missing_privilege: return failed;
    case errc::not_found:
    case errc::wrong_state: return not_found;
    }
    return failed;
}

void exit_code::give_up(std::chrono::milliseconds patience) {
    log::error("nothing has worked with the database for too long: giving up, so that a supervisor starts this anew",
               {{"give_up_after", format_duration(patience)}, {"exit_status", gave_up}});
    std::_Exit(gave_up);
}

} // namespace txq
