#pragma once

#include <array>
#include <string>
#include <string_view>

namespace txq::chaos {

/// What a producer has to expect of the jobs of a kind.
enum class fate {
    processed, ///< recorded, and its effect done
    dead,
    discarded,
    rejected, ///< the queue's database refuses it, so that the relay puts it aside
};

struct kind {
    std::string_view name;
    int weight; ///< how many of ten thousand jobs are of it
    fate ends;
    bool in_transaction; ///< its effect is a row of the queue's database
    int max_attempts;

    bool fits_locks() const { return !in_transaction && ends != fate::rejected; }
};

/// Attempts that a fault makes fail count as well: those that are to succeed have many.
inline constexpr int many_attempts = 200;

inline constexpr std::array kinds{
    kind{"plain", 4606, fate::processed, false, many_attempts},
    kind{"money", 2800, fate::processed, true, many_attempts},
    kind{"chain", 500, fate::processed, true, many_attempts},   ///< enqueues a plain one in its transaction
    kind{"waiting", 300, fate::processed, true, many_attempts}, ///< keeps its transaction open for a while
    kind{"failing", 600, fate::processed, false, many_attempts},
    kind{"slow", 150, fate::processed, false, many_attempts}, ///< up to two leases
    kind{"snoozing", 300, fate::processed, false, many_attempts},
    kind{"ordered", 0, fate::processed, true, many_attempts},    ///< has an order key, and its place in that order
    kind{"single", 0, fate::processed, true, many_attempts},     ///< one at a time of each of a few unique keys
    kind{"capped", 200, fate::processed, false, many_attempts},  ///< takes a while, and has a limit
    kind{"metered", 200, fate::processed, false, many_attempts}, ///< not many of it may begin per second
    kind{"bursting", 0, fate::processed, false, many_attempts},  ///< quick, many at once, and has a limit by key
    kind{"crashing", 10, fate::processed, false, many_attempts}, ///< kills its worker the first time
    kind{"killer", 8, fate::dead, false, many_attempts},         ///< every time
    kind{"doomed", 100, fate::dead, false, 3},                   ///< fails every time
    kind{"hopeless", 100, fate::dead, false, many_attempts},     ///< throws permanent_error
    kind{"pointless", 100, fate::discarded, false, many_attempts},
    kind{"poison", 26, fate::rejected, false, many_attempts},
};

constexpr kind const* find_kind(std::string_view name) {
    for (auto const& one : kinds)
        if (one.name == name) return &one;
    return nullptr;
}

/// How many may run at once.
struct cap {
    std::string_view scope; ///< kind or queue
    std::string_view name;
    int max_running;
    std::string_view each{}; ///< a field that no job has, so that all are together: counted job by job
};

/// How many may begin within a while.
struct pace {
    std::string_view kind;
    int starts_per_second;
    int burst;
};

inline constexpr pace metered{"metered", 4, 1};

inline constexpr std::array caps{cap{"kind", "capped", 3}, cap{"queue", "narrow", 4},
                                 cap{"kind", "failing", 4, "payload.host"},
                                 // more than the threads of one worker, fewer than those of two
                                 cap{"kind", "bursting", 5, "payload.host"}};

/// The groups of each worker, by the queue that they serve.
inline constexpr std::array groups{"default", "quick", "bursts"};

/// That only this group of this worker serves; `own` is what the worker's begin with.
inline std::string own_queue_of(std::string const& own, std::string const& group) { return own + '-' + group; }

/// The kind of a schedule's jobs, and the schedule. No application enqueues it.
inline constexpr char tick[] = "tick";

inline constexpr int workers = 3;
/// The one in the far network, if there is one: how its incarnations' names begin.
inline constexpr char far_worker[] = "worker-3.";

/// Crashes of its workers after which a job is dead: the product's default.
inline constexpr int crash_limit = 3;

} // namespace txq::chaos
