#pragma once

#include "sentence.hpp"

namespace txq::schedules {

/// `9am, 17:30 and noon`, in any order, at least one. `04:02`, `23:59:59`, `9:30pm`, `9 am`, `noon`, `midnight`.
clock_times read_times(sentence& rest);

} // namespace txq::schedules
