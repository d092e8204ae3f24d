#include "session.hpp"

#include <chrono>
#include <string_view>
#include <thread>

namespace txq::chaos {

namespace {

/// After a crash, of which nobody may know: see docs/reliability.md.
bool says_that_it_recovers(std::string_view error) {
    for (auto const* words : {"in recovery mode", "is starting up", "not yet accepting connections"})
        if (error.find(words) != error.npos) return true;
    return false;
}

} // namespace

std::unique_ptr<pqxx::connection> connect(std::string const& url) {
    constexpr int tries = 3;
    auto const bounded = url + " connect_timeout=3";
    auto const patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    for (int failed = 0;;) {
        try {
            return std::make_unique<pqxx::connection>(bounded);
        } catch (pqxx::broken_connection const& error) {
            auto const waits = says_that_it_recovers(error.what()) && std::chrono::steady_clock::now() < patience;
            if (!waits && ++failed == tries) throw;
            if (waits) std::this_thread::sleep_for(std::chrono::milliseconds{100});
        }
    }
}

} // namespace txq::chaos
