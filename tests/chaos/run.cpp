#include "run.hpp"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "coming_back.hpp"
#include "failpoints.hpp"
#include "injector.hpp"
#include "kinds.hpp"
#include "places.hpp"
#include "rest.hpp"

namespace txq::chaos {

namespace {

using namespace std::chrono_literals;
using clock = fleet::clock;

/// Jobs of the ledger that are nowhere: neither in the outbox nor in the queue, nor put aside,
/// recorded or left to another one.
constexpr char vanished[] =
    "select count(*) from chaos.ledger as entry where entry.at > clock_timestamp() - interval '30 seconds' "
    "and not exists (select from txq.outbox as job where job.id = entry.job) "
    "and not exists (select from txq.jobs as job where job.id = entry.job) "
    "and not exists (select from txq.outbox_rejected as job where job.id = entry.job) "
    "and not exists (select from txq.unique_outcomes as known where known.id = entry.job) "
    "and not exists (select from txq.processed_jobs as done where done.operation_id = entry.operation)";

std::atomic<bool> interrupted{false};

std::deque<steered_clock> clocks_of_programs(settings const& how) {
    std::deque<steered_clock> clocks;
    if (!how.faults.contains(fault::program_clock) || !steered_clock::possible_for_programs()) return clocks;
    for (auto const* file : {"programs-1.clock", "programs-2.clock"}) clocks.emplace_back(how.directory / file);
    return clocks;
}

bool wants_networks(settings const& how) {
    return how.faults.contains(fault::partition) || how.faults.contains(fault::packet_loss);
}

double seconds_since(clock::time_point began) { return std::chrono::duration<double>(clock::now() - began).count(); }

class story {
  public:
    explicit story(settings const& how)
        : how_{how},
          servers_{{.small_disk = how.faults.contains(fault::disk_full),
                    .standbys = how.faults.contains(fault::failover) || how.faults.contains(fault::lossy_failover),
                    .clocks = how.faults.contains(fault::clock)}},
          far_{wants_networks(how) ? std::make_unique<far_network>() : std::make_unique<far_network>("not asked for")},
          clocks_{clocks_of_programs(how)},
          where_{how.directory / "chaos.jsonl"} {
        if (how_.faults.contains(fault::program_clock) && clocks_.empty())
            std::cerr << "txq-chaos: no steps of the clocks of programs: this build has a sanitizer, before which "
                         "nothing can be preloaded"
                      << std::endl;
        if (wants_networks(how_) && !far_->exists())
            std::cerr << "txq-chaos: no partition and no packet loss: " << far_->why_not() << std::endl;
        if (how_.faults.contains(fault::failpoint) && failpoint_of(role::relay, 0).empty())
            std::cerr << "txq-chaos: no failpoints: this build has none, see docs/reliability.md" << std::endl;
        auto places = make_places(how_, servers_, between_, *far_, clocks_);
        between_.start();
        programs_ = std::make_unique<fleet>(std::move(places), how_.directory, where_);
        faults_ = std::make_unique<injector>(servers_, between_, *programs_, *far_, clocks_, where_, how_.lease);
    }

    ~story() { servers_.keep_logs(how_.directory); }

    result tell(std::vector<planned_fault> const& plan) {
        trouble(plan);
        faults_->heal();
        programs_->dismiss(role::producer);
        faults_->commit_prepared();
        come_to_rest();
        programs_->dismiss(role::worker);
        programs_->dismiss(role::relay);
        return judge();
    }

  private:
    void trouble(std::vector<planned_fault> const& plan) {
        auto const began = clock::now();
        auto next = plan.begin();
        auto sample_at = began + 1s;
        while (clock::now() < began + how_.length) {
            tend();
            for (; next != plan.end() && clock::now() >= began + next->at; ++next) faults_->perform(*next);
            if (clock::now() >= sample_at) {
                sample();
                sample_at = clock::now() + 1s;
            }
        }
    }

    void tend() {
        if (interrupted) throw std::runtime_error{"interrupted"};
        programs_->tend();
        faults_->tend();
        std::this_thread::sleep_for(5ms);
    }

    void sample() {
        if (faults_->frozen()) return;
        try {
            auto const missing = servers_.number(cluster::queue, vanished);
            ++seen_.samples;
            if (missing > 0) seen_.vanished.push_back(std::to_string(missing) + " jobs were nowhere in a snapshot");
        } catch (pqxx::failure const&) { // it is down
        }
    }

    /// Everybody has to come back: through each outbox comes a probe for each group of each worker.
    void send_probes() {
        for (std::size_t database = 0; database < cluster::databases; ++database) {
            for (int worker = 1; worker <= workers; ++worker)
                for (auto const* group : groups) send_probe(database, own_queue_of(own_queue(worker), group));
        }
    }

    void send_probe(std::size_t database, std::string const& queue) {
        servers_.ask(database, "with probe as (select txq.enqueue('plain', '{\"n\": 0}', queue => '" + queue +
                                   "') as id) insert into chaos.ledger (job, operation, kind) select id, id, "
                                   "'plain' from probe");
        ++seen_.probes;
    }

    void come_to_rest() {
        auto const began = clock::now();
        servers_.ask(cluster::queue, std::string{"select txq.pause_schedule('"} + tick + "')");
        send_probes();
        std::string left;
        while (clock::now() < began + how_.drain) {
            for (int i = 0; i < 20; ++i) tend();
            left = what_is_left(servers_, how_.directory);
            if (left.empty()) break;
        }
        seen_.drained_in_s = seconds_since(began);
        if (left.empty()) return;
        seen_.stuck.push_back("after " + std::to_string(how_.drain.count()) + " s: " + left);
        note_what_holds_up(servers_, how_.directory);
    }

    result judge() {
        seen_.deserters = programs_->deserters();
        auto const all = gather(servers_, how_.directory);
        seen_.back_within_s = static_cast<double>(how_.back.count());
        if (auto const last = std::ranges::max(times_of_return(all)); last != never)
            seen_.back_in_s = static_cast<double>(last) / 1e6;
        result what{.findings = check(all, seen_, how_.lease.count() * 1000),
                    .counts = faults_->counts(),
                    .jobs = static_cast<long long>(all.ledger.size()),
                    .handler_runs = static_cast<long long>(all.runs.size()),
                    .back_in_s = seen_.back_in_s};
        what.stories = stories_of_violations(all, what.findings);
        what.counts["processes started"] = programs_->started();
        for (auto const& one : all.runs) what.counts["workers killed by a handler"] += is_suicide(one);
        for (auto const& one : all.producers)
            what.counts["in-doubt commits of producers"] += one.value("e", "") == "in doubt";
        count_words("lost the connection during COMMIT", "in-doubt commits of workers", what);
        count_words("found dead by another worker", "zombies: workers that others had found dead", what);
        count_words("its effects are rolled back", "transactions of zombies rolled back", what);
        return what;
    }

    static bool is_suicide(run_record const& one) {
        return one.result.empty() && (one.kind == "killer" || one.kind == "crashing");
    }

    void count_words(std::string const& words, std::string const& name, result& into) {
        auto& count = into.counts[name];
        for (auto const& [process, output] : programs_->outputs())
            for (auto at = output.find(words); at != output.npos; at = output.find(words, at + 1)) ++count;
    }

    settings const& how_;
    cluster servers_;
    std::unique_ptr<far_network> far_;
    std::deque<steered_clock> clocks_;
    proxy between_;
    history where_;
    std::unique_ptr<fleet> programs_;
    std::unique_ptr<injector> faults_;
    observations seen_;
};

} // namespace

void interrupt() noexcept { interrupted = true; }

result run(settings const& how, std::vector<planned_fault> const& plan) { return story{how}.tell(plan); }

} // namespace txq::chaos
