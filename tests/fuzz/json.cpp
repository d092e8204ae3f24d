// Payloads: what is said to be fit for jsonb.

#include <nlohmann/json.hpp>

#include <txq/detail/utf8.hpp>

#include <outbox/src/ascii_json.hpp>
#include <outbox/src/json_scanner.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::require;

namespace {

void check_fit(std::string_view text, json_shape const& shape) {
    require(is_storable_text(text), "what is fit is text that can be stored", text);
    require(shape.ascii == is_ascii(text), "it is known whether it is ASCII", text);
    auto const ascii = ascii_json(text);
    require(is_ascii(ascii), "what travels is ASCII", text);
    auto const again = json_scanner{ascii}.scan();
    require(again.bytes == shape.bytes, "what travels becomes the same", text);
    auto const document = nlohmann::json::parse(text, nullptr, false);
    if (document.is_discarded()) return; // a number that no double can hold, or very deep
    require(nlohmann::json::parse(ascii) == document, "what travels means the same", text);
}

/// What other readers of JSON take and jsonb does not. The one that is asked here takes a byte order mark for nothing,
/// and NUL for the end.
bool is_known_difference(std::string_view text, std::string_view complaint) {
    if (text.starts_with("\xEF\xBB\xBF") || fuzz::has(text, std::string_view{"\0", 1})) return true;
    for (auto const* part : {"u0000", "levels", "digits", "numeric", "surrogate"})
        if (fuzz::has(complaint, part)) return true;
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = fuzz::text_of(data, size);
    try {
        check_fit(text, json_scanner{text}.scan());
    } catch (not_jsonb const& refused) {
        require(!nlohmann::json::accept(text) || is_known_difference(text, refused.what()), "JSON is taken for JSON",
                refused.what());
    }
    return 0;
}
