#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace txq::bench {

/// CLOCK_MONOTONIC in nanoseconds, which is the same for all processes of a machine.
std::int64_t monotonic_now();

/// Which jobs have begun, and when: a file that the bench and the workers' handlers share, so that to watch the
/// handlers costs the server nothing. Jobs are numbered from 0.
class tally {
  public:
    static tally create(std::filesystem::path const& file, std::size_t jobs) { return tally{file, jobs}; }
    static tally open(std::filesystem::path const& file) { return tally{file, 0}; }
    ~tally();
    tally(tally const&) = delete;
    tally& operator=(tally const&) = delete;

    /// A handler has begun with this job. Any thread, any process.
    void on_begin(std::size_t job) noexcept;

    std::int64_t begun() const noexcept { return head_->begun; }
    /// How many of these were begun before.
    std::int64_t begun_again() const noexcept { return head_->again; }
    /// When a job was begun, as monotonic_now(); 0: not yet.
    std::int64_t began_at(std::size_t job) const noexcept { return places_[job]; }
    std::size_t jobs() const noexcept { return head_->jobs; }

  private:
    struct head {
        std::size_t jobs;
        alignas(64) std::atomic<std::int64_t> begun;
        std::atomic<std::int64_t> again;
    };
    static_assert(std::atomic<std::int64_t>::is_always_lock_free);

    tally(std::filesystem::path const& file, std::size_t jobs);

    std::size_t bytes_ = 0;
    head* head_ = nullptr;
    std::atomic<std::int64_t>* places_ = nullptr;
};

/// The number that the bench has put into a job's payload, `{"n": 12, ...}`. A payload without one has the number 0.
std::size_t number_of(std::string_view payload) noexcept;

} // namespace txq::bench
