#pragma once

#include <map>
#include <string>
#include <vector>

namespace txq::cli {

/// Of a job, as `--header` has them: NAME=VALUE each. Throws error (bad_headers), also for a traceparent that is none.
std::map<std::string, std::string> headers_of(std::vector<std::string> const& texts);

} // namespace txq::cli
