// The command line of txq-relay, an argument a line.

#include <cstdlib>

#include <relay/src/options.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::has;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const input = fuzz::text_of(data, size);
    if (has(input, fuzz::secret)) return 0;
    for (auto const* name : {"TXQ_DATABASE_URL", "TXQ_SOURCE_URL", "PGHOST", "PGDATABASE", "PGSERVICE"})
        ::unsetenv(name);
    auto const parsed = relay::parse(fuzz::arguments_of(input));
    require(!has(parsed.err, fuzz::secret) && !has(parsed.out, fuzz::secret), "no password is said", parsed.err);
    if (!parsed.options) {
        auto const status = parsed.exit_code;
        require(status == 0 || status == 2 || status == 4, "the exit status says what is wrong", parsed.err);
        require((status == 0) == parsed.err.empty(), "what is wrong is said", parsed.err);
        return 0;
    }
    auto const& how = parsed.options->settings;
    require(!has(how.queue.describe(), fuzz::secret) && !has(how.source.describe(), fuzz::secret),
            "where it is shows no password", how.queue.describe());
    require(how.limit.rows >= 1 && how.limit.bytes >= 1, "a batch has something", {});
    require(how.poll_interval.count() >= 1 && how.rotate_interval.count() >= 1, "intervals are not zero", {});
    return 0;
}
