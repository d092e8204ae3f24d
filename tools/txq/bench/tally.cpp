#include "tally.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace txq::bench {

namespace {

/// A process is not to look larger with each job that it has run: a megabyte.
constexpr std::int64_t jobs_in_memory = 1 << 17;

[[noreturn]] void fail(std::filesystem::path const& file) {
    throw std::system_error{errno, std::generic_category(), file.string()};
}

} // namespace

std::int64_t monotonic_now() {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds{1};
}

tally::tally(std::filesystem::path const& file, std::size_t jobs) {
    auto const makes = jobs > 0;
    auto const fd = ::open(file.c_str(), makes ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) fail(file);
    if (makes && ::ftruncate(fd, static_cast<off_t>(sizeof(head) + jobs * sizeof *places_)) != 0) fail(file);
    struct stat found {};
    if (::fstat(fd, &found) != 0) fail(file);
    bytes_ = static_cast<std::size_t>(found.st_size);
    auto* const memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory == MAP_FAILED) fail(file);
    head_ = static_cast<head*>(memory);
    places_ = reinterpret_cast<std::atomic<std::int64_t>*>(head_ + 1);
    if (makes) head_->jobs = jobs;
}

tally::~tally() { ::munmap(head_, bytes_); }

void tally::on_begin(std::size_t job) noexcept {
    if (job < head_->jobs && places_[job].exchange(monotonic_now(), std::memory_order_relaxed) != 0) ++head_->again;
    if (++head_->begun % jobs_in_memory == 0) ::madvise(head_, bytes_, MADV_DONTNEED); // the file keeps them
}

std::size_t number_of(std::string_view payload) noexcept {
    constexpr std::string_view beginning = "{\"n\": ";
    std::size_t number = 0;
    if (payload.starts_with(beginning))
        std::from_chars(payload.data() + beginning.size(), payload.data() + payload.size(), number);
    return number;
}

} // namespace txq::bench
