#pragma once

#include <chrono>
#include <string>

namespace txq::cli {

/// A timestamptz as the database writes it for our sessions (`2026-01-31 09:05:00.123+00`), for people: without the
/// fraction, and with the zone's name.
std::string people_time(std::string const& text);

/// The same as ISO 8601 for programs: `2026-01-31T09:05:00.123Z`.
std::string iso_time(std::string const& text);

/// How long ago, or how long from now, in the two largest units that matter: `3min 20s`, `2h 5min`, `4d`, `120ms`, as
/// parse_duration reads them. A negative age is zero.
std::string people_age(std::chrono::milliseconds age);

} // namespace txq::cli
