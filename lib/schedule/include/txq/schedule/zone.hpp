#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace txq::schedules {

using std::chrono::local_seconds;
using std::chrono::sys_seconds;

/// A time zone of the system's tz database, which knows the changes of its clocks up to 2037: from then on the time of
/// the last change stays. A cheap copy; any number of threads may use it.
class zone {
  public:
    /// A stretch of time in which the zone's clocks are not changed.
    struct period {
        sys_seconds begin;
        sys_seconds end; ///< not a part of it
        std::chrono::seconds offset;
        std::string abbreviation; ///< such as CEST
    };

    /// UTC
    zone();
    /// By its IANA name, such as Europe/Berlin; letters count as they are. Throws errc::bad_schedule.
    explicit zone(std::string const& name);

    std::string const& name() const noexcept;
    period at(sys_seconds time) const;
    local_seconds local(sys_seconds time) const { return local_seconds{(time + at(time).offset).time_since_epoch()}; }
    /// When the clocks show it: for the first time if they do so twice; the time of the change if they skip it.
    sys_seconds first(local_seconds shown) const;

  private:
    struct data;
    std::shared_ptr<data const> data_;
};

} // namespace txq::schedules
