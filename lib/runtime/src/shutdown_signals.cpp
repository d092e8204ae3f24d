#include <txq/detail/shutdown_signals.hpp>

#include <csignal>
#include <utility>

namespace txq {

shutdown_signals::shutdown_signals(std::function<void()> first, std::function<void()> again)
    : signals_{context_, SIGTERM, SIGINT} {
    listen(std::move(first), std::move(again));
    thread_ = std::jthread{[this] { context_.run(); }};
}

shutdown_signals::~shutdown_signals() { context_.stop(); }

void shutdown_signals::listen(std::function<void()> now, std::function<void()> later) {
    signals_.async_wait([this, now = std::move(now), later = std::move(later)](auto failed, int) {
        if (failed) return;
        if (!is_new()) return listen(now, later);
        now();
        listen(later, later);
    });
}

bool shutdown_signals::is_new() {
    auto const now = std::chrono::steady_clock::now();
    if (last_ != std::chrono::steady_clock::time_point{} && now - last_ < same_signal) return false;
    last_ = now;
    return true;
}

} // namespace txq
