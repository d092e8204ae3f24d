#include <txq/detail/freed_memory.hpp>

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace txq {

void keep_freed_memory() noexcept {
#ifdef __GLIBC__
    constexpr int mebibyte = 1024 * 1024;
    mallopt(M_ARENA_MAX, 2); // each keeps as much
    mallopt(M_TRIM_THRESHOLD, 8 * mebibyte);
    mallopt(M_TOP_PAD, mebibyte);
    mallopt(M_MMAP_THRESHOLD, 4 * mebibyte); // what is larger goes back at once
#endif
}

} // namespace txq
