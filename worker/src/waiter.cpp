#include "waiter.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace txq {

waiter::waiter() : event_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (event_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
}

waiter::~waiter() { close(event_); }

void waiter::wake() noexcept { eventfd_write(event_, 1); }

void waiter::wait(int socket, std::chrono::steady_clock::time_point deadline) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd watched[2] = {{event_, POLLIN, 0}, {socket, POLLIN, 0}};
    auto const timeout = std::clamp<long long>(left.count(), 0, 60'000);
    poll(watched, socket < 0 ? 1 : 2, static_cast<int>(timeout));
    eventfd_t ignored;
    eventfd_read(event_, &ignored);
}

} // namespace txq
