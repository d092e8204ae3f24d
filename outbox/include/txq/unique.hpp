#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace txq {

/// One job instead of many: what is enqueued for a key that a job of the same kind stands for does not become a job of
/// its own. Give either a key or fields. The relay decides, so that an enqueue neither waits for another one nor fails
/// because of it; docs/unique.md says how.
struct unique {
    /// What a job is at: `waiting` for its first attempt or the next one, `running`, or `done`: completed. One that
    /// ended otherwise stands for nothing.
    enum class stage { waiting, running, done };

    enum class conflict {
        keep,     ///< the job stays as it is
        replace,  ///< a waiting one gets the payload and the headers of this enqueue; another one stays as it is
        postpone, ///< the same, and the time: this enqueue's delay or run_at
    };
    using enum stage;
    using enum conflict;

    /// 1 to 512 bytes. Keys of different kinds have nothing to do with each other.
    std::string key{};

    /// Of the payload, which must be an object that has them: what they hold is the key. Up to 16 names of 1 to 128
    /// bytes.
    std::vector<std::string> fields{};

    /// A job stands for its key for this long from its enqueue on: up to 36,500 days. Zero: for as long as it is in one
    /// of the states.
    std::chrono::milliseconds within{0};

    /// In which states a job stands for its key. Empty: while it is waiting, so that what is enqueued once it has begun
    /// is not lost; or, where it is kept within a period, in all of them. `done` needs a period.
    std::vector<stage> states{};

    conflict on_conflict = conflict::keep;

    /// A job is not postponed beyond this long after its enqueue: up to 36,500 days. Zero: as long as enqueues follow,
    /// it may never be run.
    std::chrono::milliseconds at_most{0};
};

/// The names of a state and of a way to deal with a conflict, as in the source.
char const* name(unique::stage which) noexcept;
char const* name(unique::conflict which) noexcept;

} // namespace txq
