#pragma once

#include <string_view>

namespace txq {

/// Whether a key can be that of fields: an object that jsonb can hold. It may be written in another way than jsonb
/// writes it, which the statement key_of_fields sets right.
bool is_of_fields(std::string_view key);

} // namespace txq
