#include <txq/error.hpp>

namespace txq {

char const* name(errc code) noexcept {
    switch (code) {
    case errc::bad_kind: return "bad_kind";
    case errc::bad_queue: return "bad_queue";
    case errc::bad_payload: return "bad_payload";
    case errc::bad_priority: return "bad_priority";
    case errc::bad_time: return "bad_time";
    case errc::bad_max_attempts: return "bad_max_attempts";
    case errc::bad_operation_id: return "bad_operation_id";
    case errc::bad_headers: return "bad_headers";
    case errc::bad_tenant: return "bad_tenant";
    case errc::bad_unique: return "bad_unique";
    case errc::bad_order_key: return "bad_order_key";
    case errc::queue_full: return "queue_full";
    case errc::bad_configuration: return "bad_configuration";
    case errc::bad_schedule: return "bad_schedule";
    case errc::no_database: return "no_database";
    case errc::missing_privilege: return "missing_privilege";
    case errc::schema_missing: return "schema_missing";
    case errc::schema_too_old: return "schema_too_old";
    case errc::schema_too_new: return "schema_too_new";
    case errc::migration_changed: return "migration_changed";
    case errc::not_found: return "not_found";
    case errc::wrong_state: return "wrong_state";
    }
    return "unknown";
}

} // namespace txq
