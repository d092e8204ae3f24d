#pragma once

#include <functional>

#include <txq/registry.hpp>

#include "ending.hpp"

namespace txq::testing {

/// Calls a handler with the context of a test and says what that comes to: as a worker would, but without chance.
ending attempt(raw_job const& job, registration const& how, std::function<outcome(context&)> const& call);

} // namespace txq::testing
