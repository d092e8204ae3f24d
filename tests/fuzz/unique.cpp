// The fields of a payload that make jobs one. The first line is a field's name, the rest the payload.

#include <nlohmann/json.hpp>

#include <txq/error.hpp>

#include <outbox/src/json_scanner.hpp>
#include <outbox/src/unique_rule.hpp>

#include "fuzz.hpp"

using namespace txq;

namespace {

bool is_fit(std::string_view payload) try {
    json_scanner{payload}.scan();
    return true;
} catch (not_jsonb const&) { return false; }

bool passes(unique const& rule, std::string_view payload) try {
    check_unique_fields(rule, payload);
    return true;
} catch (error const& refused) {
    fuzz::require(refused.code() == errc::bad_unique, "a field is refused in one way", refused.what());
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto payload = fuzz::text_of(data, size);
    unique rule{};
    rule.fields.emplace_back(fuzz::take_line(payload));
    try {
        static_cast<void>(checked_unique(rule));
    } catch (error const&) { return 0; }
    if (!is_fit(payload)) return 0;
    auto const passed = passes(rule, payload);
    auto const document = nlohmann::json::parse(payload, nullptr, false);
    if (document.is_discarded()) return 0; // a number that no double can hold
    fuzz::require(passed == (document.is_object() && document.contains(rule.fields[0])),
                  "a field is there if the payload has it", payload);
    return 0;
}
