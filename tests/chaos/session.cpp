#include "session.hpp"

namespace txq::chaos {

std::unique_ptr<pqxx::connection> connect(std::string const& url) {
    constexpr int tries = 3;
    auto const bounded = url + " connect_timeout=3";
    for (int n = 1; n < tries; ++n) {
        try {
            return std::make_unique<pqxx::connection>(bounded);
        } catch (pqxx::broken_connection const&) { // once more
        }
    }
    return std::make_unique<pqxx::connection>(bounded);
}

} // namespace txq::chaos
