#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <nlohmann/json.hpp>

#include "cluster.hpp"

namespace txq::chaos {

/// Points in time are in microseconds since 1970.
using micros = std::int64_t;
constexpr micros never = INT64_MAX;

struct ledger_entry {
    std::string job;
    std::string operation;
    std::string kind;
    micros run_at = 0; ///< 0: at once
    std::string order_key{};
    int place = 0;            ///< in that order
    std::size_t database = 0; ///< whose outbox it was in: see cluster
};

/// One run of a handler.
struct run_record {
    std::string job;
    std::string operation;
    std::string kind;
    std::string queue{};
    std::string process; ///< with its incarnation, as in worker-1.3
    std::int64_t fence = 0;
    micros claimed = 0; ///< by the queue's clock, as the machine's had it; for one that is claimed by locks, too
    micros began = 0;
    micros ended = never; ///< when the process ended, if the handler did not
    std::string result;   ///< empty: the process died
    micros effect = 0;    ///< 0: none
};

/// A row of chaos.changes.
struct change {
    std::string operation{};
    char what = '?';
    std::string old_state{};
    std::string state{};
    std::int64_t old_fence = 0;
    std::int64_t fence = 0;
    int attempt = 0;
    int crashes = 0;
    micros run_at = 0;       ///< by the queue's clock
    micros noted_at = 0;     ///< by the queue's clock
    micros at = 0;           ///< by the machine's
    std::int64_t number = 0; ///< rises from one to the next, of all jobs
    std::string unique_key{};
};

struct job_row {
    std::string state{};
    int attempt = 0;
    int crashes = 0;
    int deaths = 0; ///< of workers that had claimed it, as its failed attempts say
};

/// What a handler has done in its transaction.
struct effect_row {
    std::string job;
    std::int64_t fence = 0;
    std::int64_t number = 0; ///< rises from one to the next
};

/// How far a server's clock is off from then on.
struct clock_step {
    micros at;
    micros offset;
};

/// What the machine's clock said when a server's said `there`. Its steps are far greater than a run is long.
micros machine_time(std::vector<clock_step> const& steps, micros there);

struct span_of_time {
    micros from;
    micros to;
};

/// All that is known when it is over.
struct evidence {
    std::vector<ledger_entry> ledger;
    std::unordered_map<std::string, std::size_t> by_job; ///< into the ledger
    std::unordered_set<std::string> rejected;
    std::unordered_map<std::string, std::string> left_to; ///< jobs that a job with the same unique key stands for
    std::multimap<micros, std::string> ticks;             ///< the jobs of the schedule by the times they are for
    std::unordered_map<std::string, job_row> jobs;        ///< those still in txq.jobs
    std::unordered_map<std::string, micros> processed;    ///< by operation
    std::unordered_map<std::string, std::vector<effect_row>> effects; ///< by operation
    std::unordered_map<std::string, std::vector<change>> changes;     ///< by job, in order
    std::unordered_set<std::string>
        forgotten;                      ///< jobs of ledgers and schedules of the past whose commits a failover has lost
    std::vector<span_of_time> set_back; ///< between these times what the queue committed was lost
    std::vector<span_of_time> frozen;   ///< the queue's server did nothing
    micros healed = never;              ///< the end of the faults
    bool networks_lost = false;         ///< at times
    bool clocks_stepped = false;
    std::vector<clock_step> queue_clock_steps;
    std::vector<run_record> runs;
    std::map<std::string, std::vector<span_of_time>> pauses; ///< of processes: stopped, or not given any time
    std::vector<nlohmann::json> producers;                   ///< their events
};

evidence gather(cluster& servers, std::filesystem::path const& histories);

} // namespace txq::chaos
