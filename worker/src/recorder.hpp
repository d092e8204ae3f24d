#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <txq/detail/batch_limit.hpp>
#include <txq/detail/session.hpp>

#include "ending.hpp"
#include "shared_state.hpp"

namespace txq {

/// Records how attempts ended, in batches: all that have ended while the previous batch was being written go into the
/// next one. Tries for ever when the database cannot be reached: an ending is guarded by its fence, so writing it twice
/// is harmless, and so is writing it when the job is somebody else's by now. A batch that the database refuses is tried
/// in smaller ones, and an ending that is refused alone, or waits for somebody's lock, lets the others go first.
class recorder {
  public:
    using pointer = std::shared_ptr<attempt>;

    /// A handler's transaction that is recording the same operation is not waited for longer than this: the other
    /// endings must not wait for it.
    static constexpr auto lock_patience = std::chrono::milliseconds{500};

    /// `on_recorded` is told how many attempts have left the hand; from the recorder's thread.
    recorder(std::shared_ptr<shared_state> state, std::function<void(int)> on_recorded);
    /// What is not recorded by then is given up: see close().
    ~recorder();

    /// Any thread; returns at once.
    void record(pointer which, ending how);
    /// For an attempt whose transaction has recorded its end itself.
    void recorded(pointer which);

    /// Waits until all is recorded, or for `patience`.
    void close(std::chrono::milliseconds patience);

  private:
    struct entry {
        pointer which;
        ending how;
        bool in_database = false;
    };

    void run();
    std::vector<entry> next_batch();
    std::vector<entry> take(std::deque<entry>& from, std::size_t most);
    void put_back(std::vector<entry> batch);
    void put_aside(std::vector<entry> refused, std::chrono::milliseconds wait);
    std::unique_ptr<session> connect() const;
    bool pause(std::chrono::milliseconds wait);
    void forget(std::vector<entry> const& batch);
    void write(session& database, std::vector<entry> const& batch);
    void write_of(session& database, std::int64_t worker, std::vector<entry> const& batch);
    static void let_others_run(session& database, std::vector<entry> const& batch);
    static void let_go_on(std::function<void()> const& step);
    static void let_orders_go_on(session& database, std::vector<entry> const& batch);
    static void let_parked_run(session& database, std::vector<entry> const& batch);
    void complete(session& database, std::int64_t worker, std::vector<entry const*> those) const;
    void end(session& database, std::int64_t worker, std::vector<entry const*> those) const;

    void tell_hook(pqxx::result const& written, std::vector<entry const*> const& those) const;

    static uuid id_of(entry const* one) { return one->which->job.id; }
    static std::int64_t fence_of(entry const* one) { return one->which->job.fence; }
    static void tell_what_was_lost(pqxx::result const& written, std::vector<entry const*> const& those);

    std::shared_ptr<shared_state> const state_;
    std::function<void(int)> const on_recorded_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<entry> entries_;
    std::deque<entry> refused_; // one by one, and not at once again
    std::chrono::steady_clock::time_point refused_until_{};
    std::size_t writing_ = 0;
    bool closing_ = false;
    bool given_up_ = false;

    batch_limit limit_; // the thread's

    std::thread thread_; // last: it uses everything above
};

} // namespace txq
