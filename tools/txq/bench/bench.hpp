#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

#include <txq/detail/temporary_directory.hpp>

#include "child.hpp"
#include "measured.hpp"
#include "site.hpp"
#include "tally.hpp"

namespace txq::bench {

/// Told to stop by a signal.
class interrupted : public std::runtime_error {
  public:
    interrupted() : std::runtime_error{"stopped, and cleaned up"} {}
};

/// What all measurements share: the database, a directory of its own, the order to stop, and somebody who watches.
class bench {
  public:
    /// `watcher` is told what goes on; nullptr: nobody watches.
    bench(connection_info where, std::stop_token stop, std::ostream* watcher);
    ~bench();
    bench(bench const&) = delete;
    bench& operator=(bench const&) = delete;

    site& where() noexcept { return site_; }

    /// Shows what is being done, over what was shown before.
    void show(std::string const& what);
    /// Lets time pass. Throws interrupted.
    void pause(std::chrono::microseconds time);
    /// Waits until `done`, looking every `each`; throws interrupted, and std::runtime_error where a program has ended
    /// or nothing of what `progress` counts has happened for a minute.
    void wait_until(
        std::function<bool()> const& done, std::vector<child>& programs,
        std::chrono::microseconds each = std::chrono::milliseconds{1},
        std::function<std::int64_t()> const& progress = [] { return 0; });
    std::stop_token const& stop() const noexcept { return stop_; }
    bool stop_requested() const noexcept { return stop_.stop_requested(); }

    /// A relay; `once`: moves what is there and ends.
    child start_relay(bool once, std::vector<std::string> const& more = {});
    struct crew {
        int processes = 1;
        int slots = 16;
        std::chrono::milliseconds handler_time{0};
        bool relay = false; ///< they move jobs as well: `txq-worker --relay`
    };
    /// Workers of the bench's queue.
    std::vector<child> start_workers(crew const& how);
    /// Waits until so many workers are registered, and a relay is active if there is to be one.
    void wait_for_programs(std::vector<child>& programs, int workers, bool relay);
    /// Nothing of the bench's is claimed until resume().
    void hold();
    void resume();

    /// A new tally for the jobs of a run, which the workers that are started next will share.
    tally make_tally(std::size_t jobs) const { return tally::create(tally_file(), jobs); }
    /// Throws unless `jobs` have been recorded, each of which has begun once, and `waiting` are left.
    void check_counts(tally const& seen, std::int64_t jobs, std::int64_t waiting = 0);

  private:
    std::filesystem::path tally_file() const { return directory_.path() / "tally"; }
    std::filesystem::path log_file(std::string const& of) const { return directory_.path() / (of + ".log"); }
    std::filesystem::path write_worker_file(int slots) const;
    child::variables environment(std::chrono::milliseconds handler_time) const;

    std::stop_token stop_;
    std::ostream* watcher_;
    site site_;
    temporary_directory directory_{"txq-bench"};
};

} // namespace txq::bench
