#pragma once

#include <chrono>
#include <string>
#include <utility>

namespace txq {

/// From which time on to look for scheduled jobs that are due. No clock, no I/O.
///
/// While somebody holds an old snapshot a look from the beginning walks over all jobs that were promoted since. When
/// that takes long, looks begin a while before the last one, and now and then one goes over everything, for a job that
/// was written late or that somebody else had locked. The longer that takes, the later is the next one.
class due_floor {
  public:
    using clock = std::chrono::steady_clock;

    /// Where a look that takes no longer than this begins does not matter.
    static constexpr std::chrono::milliseconds quick{10};
    /// Slow looks at everything take no more than one part in so many of the time.
    static constexpr int share = 20;
    static constexpr char const* beginning = "-infinity";

    /// For a look that begins now: a time as PostgreSQL writes it.
    std::string const& begin(clock::time_point now) {
        began_ = now;
        everything_ = now >= next_;
        return everything_ ? from_beginning_ : floor_;
    }
    /// It has promoted all that was due, up to a while before `seen_to`, unless there were too many.
    void end(clock::time_point now, std::string seen_to, bool all) {
        if (all) floor_ = std::move(seen_to);
        auto const took = now - began_;
        if (everything_ && took > quick) next_ = now + took * share;
    }
    /// The database may be another one.
    void forget() { *this = {}; }

  private:
    std::string from_beginning_ = beginning;
    std::string floor_ = beginning;
    clock::time_point next_{};
    clock::time_point began_{};
    bool everything_ = true;
};

} // namespace txq
