#include "key_of_fields.hpp"

#include "json_scanner.hpp"

namespace txq {

bool is_of_fields(std::string_view key) {
    auto const begin = key.find_first_not_of(" \t\r\n");
    if (begin == key.npos || key[begin] != '{') return false;
    try {
        json_scanner{key}.scan();
        return true;
    } catch (not_jsonb const&) { return false; }
}

} // namespace txq
