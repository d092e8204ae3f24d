#pragma once

#include <span>
#include <string_view>

#include <txq/schedule/schedule.hpp>

#include "text.hpp"

// The forms in which a schedule can be written. Each reads all of the words it is given; none of them sees the zone.

namespace txq::schedules {

using words = std::span<std::string_view const>;

/// Five fields, or six of which the first is for seconds.
schedule read_cron(text const& whole, words fields);
/// `@daily` and its like
schedule read_nickname(text const& whole, words only);
/// `every ...`
schedule read_words(text const& whole, words sentence);

} // namespace txq::schedules
