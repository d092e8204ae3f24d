#pragma once

#include <string>
#include <string_view>

namespace txq {

/// The same JSON with every character beyond ASCII escaped, which means the same under any client_encoding.
/// `json` has been read by a json_scanner.
std::string ascii_json(std::string_view json);

} // namespace txq
