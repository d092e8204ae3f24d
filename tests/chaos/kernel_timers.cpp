// Preloaded before libfaketime, so that a steered clock leaves timers alone. Asio sets one that has expired already to
// a point in the past; while the clock is ahead, libfaketime 0.9.10 makes of that what the kernel refuses, and who
// waits for it waits for ever.

#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

extern "C" int timerfd_settime(int timer, int flags, itimerspec const* value, itimerspec* old) noexcept {
    return static_cast<int>(::syscall(SYS_timerfd_settime, timer, flags, value, old));
}
