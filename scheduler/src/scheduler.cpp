#include <txq/scheduler.hpp>

#include <txq/detail/periodic.hpp>

#include "service.hpp"

namespace txq {

namespace {

scheduler_options checked(scheduler_options options) {
    if (!options.set.name.empty() || !options.set.schedules.empty()) check(options.set);
    if (options.look < std::chrono::milliseconds{10})
        throw error{errc::bad_configuration, "a scheduler looks for changed schedules every 10 ms at most"};
    if (options.retention < std::chrono::hours{1})
        throw error{errc::bad_configuration, "the retention of runs of schedules is at least an hour"};
    return options;
}

} // namespace

struct scheduler::implementation {
    explicit implementation(scheduler_options const& options)
        : service{options, connection_info::from_environment(options.database)} {}

    scheduling_service service;
    periodic thread{[this] { return service.step(); }}; // last: it uses the service
};

scheduler::scheduler(scheduler_options options)
    : implementation_{std::make_unique<implementation>(checked(std::move(options)))} {}

scheduler::~scheduler() = default;

} // namespace txq
