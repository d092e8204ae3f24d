// A schedule as it is kept. Lines: name, times, zone, kind, command, tenant, and the payload.

#include <nlohmann/json.hpp>

#include <txq/detail/utf8.hpp>
#include <txq/error.hpp>

#include <scheduler/src/definition.hpp>

#include "fuzz.hpp"

using namespace txq;

namespace {

schedule_definition definition_of(std::string_view text) {
    schedule_definition one{std::string{fuzz::take_line(text)}, std::string{fuzz::take_line(text)}, {}};
    one.options.zone = fuzz::take_line(text);
    one.kind = fuzz::take_line(text);
    one.command = fuzz::take_line(text);
    one.options.tenant = fuzz::take_line(text);
    one.payload = text;
    return one;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const one = definition_of(fuzz::text_of(data, size));
    schedule_set const set{.name = "set", .schedules = {one}};
    try {
        check(set);
        auto const written = json_of(set);
        fuzz::require(is_ascii(written), "a set travels as ASCII", written);
        auto const read = nlohmann::json::parse(written, nullptr, false);
        if (read.is_discarded()) return 0; // a number that no double can hold
        fuzz::require(read.at(0).at("name") == one.name && read.at(0).at("times") == one.times,
                      "a set arrives as it was given", written);
    } catch (error const& refused) { fuzz::require(refused.what() != std::string{}, "a refusal says why", {}); }
    return 0;
}
