#pragma once

namespace txq {

/// Has this process keep what it frees, up to some megabytes, for what it needs next. By default glibc hands the top of
/// each thread's memory back to the system whenever it is free, which is after every batch, and gets it again, page by
/// page: a third of the CPU time of a worker whose jobs are quick. For programs, once, before they start threads; what
/// libraries do with memory is their application's to say. Elsewhere than with glibc it does nothing.
void keep_freed_memory() noexcept;

} // namespace txq
