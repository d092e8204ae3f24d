#pragma once

#include <string>

namespace txq {

/// host:pid, by which people find this process.
std::string process_name();

} // namespace txq
