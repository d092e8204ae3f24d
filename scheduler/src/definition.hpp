#pragma once

// What decides whether a schedule can be kept. No I/O: nothing has been sent when these throw.

#include <optional>
#include <string>
#include <string_view>

#include <txq/scheduler.hpp>

namespace txq {

/// A schedule's fields, checked, in the form that the statements take.
struct checked_schedule {
    std::string name;
    std::string times;
    std::string kind;    ///< empty: it has a command
    std::string payload; ///< in ASCII
    std::string command;
    std::optional<std::string> headers; ///< a JSON object in ASCII
    schedule_options options;
};

/// The kind of schedules that run SQL.
inline constexpr char const* sql_kind = "txq.sql";

/// Throws error that names the field.
checked_schedule checked(schedule_definition const& given);
/// The same; the error begins with `caller` and the schedule's name.
checked_schedule checked(schedule_definition const& given, char const* caller);

/// The name alone.
void check_name(std::string_view name, char const* caller);

/// A set as txq.put_schedule_set takes it: an array of objects, in ASCII.
std::string json_of(schedule_set const& set);

} // namespace txq
