#include <txq/context.hpp>

namespace txq {

char const* name(stop_reason why) noexcept {
    switch (why) {
    case stop_reason::none: return "none";
    case stop_reason::timeout: return "timeout";
    case stop_reason::cancelled: return "cancelled";
    case stop_reason::shutdown: return "shutdown";
    case stop_reason::lease_lost: return "lease_lost";
    }
    return "unknown";
}

} // namespace txq
