#include <txq/schedule/zone.hpp>

#include <stdexcept>
#include <string_view>

#include <date/tz.h>

#include <txq/error.hpp>

namespace txq::schedules {

struct zone::data {
    std::string name;
    date::time_zone const* rules;
};

namespace {

/// Files beside those of zones; `localtime` is another zone on each host.
bool is_of_the_host(std::string_view name) {
    return name == "localtime" || name == "posixrules" || name == "Factory" || name.starts_with("posix/") ||
           name.starts_with("right/");
}

date::time_zone const* find(std::string const& name) {
    try {
        if (!is_of_the_host(name)) return date::locate_zone(name);
    } catch (std::runtime_error const&) { // there is none
    }
    throw error{errc::bad_schedule, "there is no time zone '" + name +
                                        "' in this system's tz database; write its IANA name, such as Europe/Berlin"};
}

} // namespace

zone::zone() : zone{"UTC"} {}

zone::zone(std::string const& name) : data_{std::make_shared<data const>(data{name, find(name)})} {}

std::string const& zone::name() const noexcept { return data_->name; }

zone::period zone::at(sys_seconds time) const {
    auto const info = data_->rules->get_info(time);
    return {info.begin, info.end, info.offset, info.abbrev};
}

sys_seconds zone::first(local_seconds shown) const {
    auto const info = data_->rules->get_info(date::local_seconds{shown.time_since_epoch()});
    if (info.result == date::local_info::nonexistent) return info.second.begin;
    return sys_seconds{shown.time_since_epoch()} - info.first.offset;
}

} // namespace txq::schedules
