#include <txq/pausing.hpp>

#include <txq/detail/embedded.hpp>

#include "settings_call.hpp"

namespace txq {

namespace {

bool was_paused(pqxx::transaction_base& tx, statement const& change, char const* what, std::string_view name) {
    return !call_setting(tx, change, pq::params{what, name}, "queues")["paused_before"].is_null();
}

} // namespace

bool pause_queue(pqxx::transaction_base& tx, std::string_view queue) {
    check_name(queue, "pause_queue", "a queue");
    return !was_paused(tx, sql::pause, "queue", queue);
}

bool pause_kind(pqxx::transaction_base& tx, std::string_view kind) {
    check_name(kind, "pause_kind", "a kind");
    return !was_paused(tx, sql::pause, "kind", kind);
}

bool pause_tenant(pqxx::transaction_base& tx, std::string_view tenant) {
    check_name(tenant, "pause_tenant", "a tenant");
    return !was_paused(tx, sql::pause, "tenant", tenant);
}

bool resume_queue(pqxx::transaction_base& tx, std::string_view queue) {
    check_name(queue, "resume_queue", "a queue");
    return was_paused(tx, sql::resume, "queue", queue);
}

bool resume_kind(pqxx::transaction_base& tx, std::string_view kind) {
    check_name(kind, "resume_kind", "a kind");
    return was_paused(tx, sql::resume, "kind", kind);
}

bool resume_tenant(pqxx::transaction_base& tx, std::string_view tenant) {
    check_name(tenant, "resume_tenant", "a tenant");
    return was_paused(tx, sql::resume, "tenant", tenant);
}

} // namespace txq
