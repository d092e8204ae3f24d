#include "steered_clock.hpp"

#include <filesystem>
#include <fstream>

namespace txq::chaos {

namespace {

/// A sanitizer's runtime has to come first, so that nothing can be preloaded.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

std::string find_library() {
    std::error_code none;
    for (auto const& one : std::filesystem::directory_iterator{"/usr/lib", none}) {
        auto const library = one.path() / "faketime/libfaketime.so.1";
        if (std::filesystem::exists(library, none)) return library;
    }
    return "";
}

} // namespace

steered_clock::steered_clock(std::string file) : file_{std::move(file)}, library_{find_library()} { set(offset_); }

bool steered_clock::possible() { return !find_library().empty(); }

bool steered_clock::possible_for_programs() { return possible() && !sanitized; }

void steered_clock::clean_up_after(int process) {
    std::error_code ignored;
    for (auto const* what : {"sem.faketime_sem_", "faketime_shm_"})
        std::filesystem::remove("/dev/shm/" + (what + std::to_string(process)), ignored);
}

steered_clock::~steered_clock() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

std::string steered_clock::environment() const { return environment_with(library_); }

std::string steered_clock::program_environment() const { return environment_with(TXQ_CHAOS_TIMERS ":" + library_); }

std::string steered_clock::environment_with(std::string const& libraries) const {
    if (library_.empty()) return "";
    return "LD_PRELOAD=" + libraries + " FAKETIME_TIMESTAMP_FILE=" + file_ +
           " FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1";
}

bool steered_clock::set(std::chrono::seconds offset) {
    if (library_.empty()) return false;
    offset_ = offset;
    // in one step: servers read it all the time
    std::ofstream{file_ + ".new"} << (offset.count() < 0 ? "" : "+") << offset.count() << '\n';
    std::filesystem::rename(file_ + ".new", file_);
    return true;
}

} // namespace txq::chaos
