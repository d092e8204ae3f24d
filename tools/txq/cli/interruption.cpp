#include <txq/cli/interruption.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

namespace txq::cli {

namespace {

constexpr std::array caught{SIGINT, SIGTERM};

volatile std::sig_atomic_t noted = 0;
std::array<struct sigaction, caught.size()> before;

void note(int) { noted = 1; }

} // namespace

interruption::interruption() {
    noted = 0;
    struct sigaction noting {};
    noting.sa_handler = note;
    for (std::size_t i = 0; i < caught.size(); ++i) ::sigaction(caught[i], &noting, &before[i]);
}

interruption::~interruption() {
    for (std::size_t i = 0; i < caught.size(); ++i) ::sigaction(caught[i], &before[i], nullptr);
}

bool interruption::asked() const noexcept { return noted != 0; }

/// In small steps: a signal between a look and a wait would be slept over.
void interruption::wait(std::chrono::milliseconds time) const {
    auto const end = std::chrono::steady_clock::now() + time;
    for (auto now = end - time; now < end && !asked(); now = std::chrono::steady_clock::now())
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(end - now, std::chrono::milliseconds{50}));
}

} // namespace txq::cli
