// Rates, such as `txq dead redrive --rate 100/s`.

#include <cmath>

#include <txq/cli/pace.hpp>
#include <txq/error.hpp>

#include "fuzz.hpp"

using namespace txq;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text{fuzz::text_of(data, size)};
    try {
        auto const rate = cli::parse_rate(text);
        fuzz::require(rate > 0 && std::isfinite(rate), "a rate is a number above zero", text);
        cli::pace const how{rate, {}};
        for (auto const most : {1, 100, 10'000}) {
            auto const batch = how.batch(most);
            fuzz::require(batch >= 1 && batch <= most, "something is taken, and no more than may be", text);
        }
        for (auto const done : {0L, 1L, 1'000'000'000'000L})
            fuzz::require(how.wait(done, {}).count() >= 0, "no wait is negative", text);
    } catch (error const& wrong) {
        fuzz::require(wrong.code() == errc::bad_configuration, "a rate is refused in one way", wrong.what());
    }
    return 0;
}
