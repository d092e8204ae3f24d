#include "steered_clock.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace txq::chaos {

namespace {

/// A sanitizer's runtime has to come first, so that nothing can be preloaded.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

[[noreturn]] void fail(std::string const& file) {
    throw std::system_error{errno, std::system_category(), "cannot map " + file};
}

std::int64_t* map(std::string const& file) {
    constexpr std::int64_t none = 0;
    std::ofstream{file, std::ios::binary}.write(reinterpret_cast<char const*>(&none), sizeof none);
    auto const open = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (open < 0) fail(file);
    auto* const place = ::mmap(nullptr, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, open, 0);
    ::close(open);
    if (place == MAP_FAILED) fail(file);
    return static_cast<std::int64_t*>(place);
}

} // namespace

steered_clock::steered_clock(std::string file) : file_{std::move(file)}, library_{file_ + ".so"}, offset_{map(file_)} {
    std::filesystem::copy_file(TXQ_CHAOS_CLOCK, library_, std::filesystem::copy_options::overwrite_existing);
}

steered_clock::~steered_clock() {
    ::munmap(offset_, sizeof *offset_);
    std::error_code ignored;
    for (auto const& one : {file_, library_}) std::filesystem::remove(one, ignored);
}

bool steered_clock::possible_for_programs() { return !sanitized; }

std::string steered_clock::environment() const { return "LD_PRELOAD=" + library_ + " TXQ_CHAOS_CLOCK=" + file_; }

void steered_clock::set(std::chrono::seconds offset) { std::atomic_ref{*offset_}.store(offset.count()); }

std::chrono::seconds steered_clock::offset() const { return std::chrono::seconds{std::atomic_ref{*offset_}.load()}; }

} // namespace txq::chaos
