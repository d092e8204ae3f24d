#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <txq/uuid.hpp>

#include "bench.hpp"

namespace txq::bench {

/// A job's payload: its number and so much padding that it has about `bytes`.
std::string payload_of(std::size_t number, std::size_t bytes);

/// Enqueues jobs 0 to `jobs` - 1, a thousand per transaction. Returns how many seconds that took.
double enqueue_all(bench& with, std::string const& kind, std::size_t jobs, std::size_t payload_bytes);

/// How producers go about it.
struct load {
    int producers = 8;
    /// Jobs per second of all of them together; 0: as many as keep up, that is while no more than `backlog` wait.
    double rate = 0;
    std::int64_t backlog = 20'000;
    /// Jobs per transaction. One: a single statement, committed by itself.
    int batch = 1;
    std::size_t payload_bytes = 60;
};

/// Producers at work, each with a connection and a thread, until stop(). Each job has a number, from 0 on.
class producers {
  public:
    producers(bench& with, tally const& seen, load const& how);
    ~producers();
    producers(producers const&) = delete;
    producers& operator=(producers const&) = delete;

    /// Lets them begin.
    void go() { go_ = true; }
    /// Waits until they have ended. Throws what one of them has thrown.
    void stop();
    /// Also without having been told to.
    bool failed() const noexcept { return failed_; }

    std::int64_t enqueued() const noexcept { return enqueued_; }

    /// What a job's producer knows of it, by number: its id, and when its commit was acknowledged; 0: not yet.
    struct commit {
        uuid id{};
        std::int64_t at = 0;
    };
    std::vector<commit> const& commits() const noexcept { return commits_; }

  private:
    void produce();
    bool wait_for_turn(std::int64_t& next_at);

    bench& with_;
    tally const& seen_;
    load const how_;
    std::vector<commit> commits_;
    std::atomic<std::int64_t> numbers_{0};
    std::atomic<std::int64_t> enqueued_{0};
    std::atomic<bool> go_{false};
    std::atomic<bool> stop_{false};
    std::atomic<bool> failed_{false};
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

} // namespace txq::bench
