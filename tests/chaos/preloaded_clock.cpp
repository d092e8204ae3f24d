// Preloaded into a process, so that its wall clock is as far off the machine's as the file TXQ_CHAOS_CLOCK says: see
// steered_clock.hpp. Servers look at the clock in handlers of signals, where nothing may be allocated and no file may
// be opened in the usual way, so the file is mapped once, at the start; a child has it from its parent.

#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

std::int64_t const* offset_in_seconds = nullptr;

__attribute__((constructor)) void map_offset() {
    auto const* const name = std::getenv("TXQ_CHAOS_CLOCK");
    auto const file = name == nullptr ? -1 : ::open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    auto* const place = ::mmap(nullptr, sizeof *offset_in_seconds, PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    if (place != MAP_FAILED) offset_in_seconds = static_cast<std::int64_t const*>(place);
}

time_t offset() { return offset_in_seconds == nullptr ? 0 : __atomic_load_n(offset_in_seconds, __ATOMIC_RELAXED); }

} // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* to) noexcept {
    auto const failed = ::syscall(SYS_clock_gettime, which, to);
    if (failed == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) to->tv_sec += offset();
    return static_cast<int>(failed);
}

int gettimeofday(timeval* to, void* zone) noexcept {
    auto const failed = ::syscall(SYS_gettimeofday, to, zone);
    if (failed == 0 && to != nullptr) to->tv_sec += offset();
    return static_cast<int>(failed);
}

time_t time(time_t* to) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (to != nullptr) *to = now.tv_sec;
    return now.tv_sec;
}
}
