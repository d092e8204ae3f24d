#include <txq/queues.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/error.hpp>

#include "settings_call.hpp"

namespace txq {

namespace {

/// Whether when_full goes with the maximum depth that the queue has is left to the database.
void check(queue_settings const& settings) {
    if (!settings.fair && !settings.max_depth && !settings.when_full)
        throw error{errc::bad_configuration, "set_queue: nothing is to be set: neither fair, max_depth nor when_full"};
    check_range(settings.max_depth, "set_queue", "max_depth", 0, 100'000'000);
    if (settings.when_full && settings.max_depth == 0)
        throw error{errc::bad_configuration, "set_queue: when_full is nothing without max_depth"};
}

} // namespace

char const* name(when_full what) noexcept { return what == when_full::refuse ? "refuse" : "warn"; }

void set_queue(pqxx::transaction_base& tx, std::string_view queue, queue_settings const& settings) {
    check_name(queue, "set_queue", "a queue");
    check(settings);
    auto const when_full = settings.when_full ? std::optional{name(*settings.when_full)} : std::nullopt;
    call_setting(tx, sql::set_queue, pq::params{queue, settings.fair, settings.max_depth, when_full}, "queues");
}

void set_tenant(pqxx::transaction_base& tx, std::string_view tenant, tenant_settings const& settings) {
    check_name(tenant, "set_tenant", "a tenant");
    check_range(settings.weight, "set_tenant", "weight", 1, 1000);
    call_setting(tx, sql::set_tenant, pq::params{tenant, settings.weight}, "tenants");
}

} // namespace txq
