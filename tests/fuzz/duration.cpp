// Durations of options and files.

#include <txq/cli/time.hpp>
#include <txq/detail/duration.hpp>
#include <txq/error.hpp>

#include "fuzz.hpp"

using namespace txq;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = fuzz::text_of(data, size);
    try {
        auto const duration = parse_duration(text);
        fuzz::require(duration.count() >= 0, "no duration is negative", text);
        auto const written = format_duration(duration);
        fuzz::require(parse_duration(written) == duration, "what is written is read as the same", written);
        auto const shown = cli::people_age(duration);
        fuzz::require(parse_duration(shown) <= duration, "what people are shown is read as no more", shown);
    } catch (error const& wrong) {
        fuzz::require(wrong.code() == errc::bad_configuration, "a duration is refused in one way", wrong.what());
    }
    return 0;
}
