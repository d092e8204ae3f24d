// Exit status 0 if a timer that is set to a point in the past expires: see kernel_timers.cpp.

#include <poll.h>
#include <sys/timerfd.h>

int main() {
    int const timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    itimerspec const past{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = 1}};
    if (timer < 0 || ::timerfd_settime(timer, TFD_TIMER_ABSTIME, &past, nullptr) != 0) return 2;
    pollfd expiry{.fd = timer, .events = POLLIN, .revents = 0};
    return ::poll(&expiry, 1, 10'000) == 1 ? 0 : 1;
}
