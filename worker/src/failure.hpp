#pragma once

#include <exception>
#include <string>

#include <txq/job_error.hpp>

namespace txq {

/// What was thrown, as far as it can be said, cut to what is worth keeping and made fit for PostgreSQL. What a
/// job_error says of itself counts also where it is nested in something else.
job_failure describe(std::exception_ptr const& thrown);

/// One that txq has noticed itself.
job_failure own_failure(std::string type, std::string message, severity how_bad = severity::error);

/// UTF-8 without NUL, 8 KiB at most; what is not UTF-8 is replaced.
std::string printable(std::string text);

/// All but the message as JSON that jsonb can hold, as end_attempts takes it: the details have the nested errors as
/// well, and are left out if there is nothing in them.
std::string stored_error(job_failure const& error);

} // namespace txq
