#include <txq/detail/clock_comparison.hpp>

#include <txq/detail/duration.hpp>
#include <txq/log.hpp>

namespace txq {

namespace {

/// More than hosts without any time service drift apart, and no more than the shortest retention.
constexpr std::chrono::milliseconds most_apart = std::chrono::hours{1};

} // namespace

bool clock_comparison::agree(std::chrono::nanoseconds server) {
    using namespace std::chrono;
    auto const ahead = duration_cast<seconds>(server - own_().time_since_epoch());
    auto const agree = abs(ahead) <= most_apart;
    if (!agree && agreed_)
        log::error("the clocks of the database's server and of this host differ: nothing is forgotten until they agree",
                   {{"server_is", ahead.count() > 0 ? "ahead" : "behind"},
                    {"by", format_duration(abs(ahead))},
                    {"see", "docs/operating.md, Clocks"}});
    if (agree && !agreed_) log::info("the clocks of the database's server and of this host agree again");
    return agreed_ = agree;
}

} // namespace txq
