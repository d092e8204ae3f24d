#include <txq/cli/status_report.hpp>

#include <algorithm>

#include <txq/cli/time.hpp>

namespace txq::cli {

namespace {

/// A transaction that is open for longer than this is worth a word, and so is a job that nobody moves or runs.
constexpr std::int64_t long_while = 60'000;

std::string for_ms(maybe_ms age) { return people_age(std::chrono::milliseconds{age.value_or(0)}); }

void add_hint(std::vector<std::string>& all, std::optional<horizon_status> const& horizon, std::string const& effect) {
    if (horizon && horizon->age.value_or(0) > long_while)
        all.push_back(horizon->what + ", open for " + for_ms(horizon->age) + ": " + effect);
}

/// Where the database knows of it, because a relay has found it out.
std::string hint_of(stopped_outbox const& one) {
    if (!one.resumed_at.empty())
        return "outbox " + one.source + " may be moved from again since " + people_time(one.resumed_at) +
               ", and no relay has begun yet: does one run?";
    auto const outdated = one.why == "outdated";
    auto const lacking = outdated ? std::string{} : batches_of(one);
    return "nothing is moved from outbox " + one.source + " since " + people_time(one.stopped_at) + ": " +
           reason_of(one) + (lacking.empty() ? "" : ": those of batches " + lacking) +
           (outdated ? "; point the relay's --source to that one, or, to go on with the old one: "
                     : "; to see more and to go on: ") +
           "txq outboxes resume " + one.source;
}

void add_hints(std::vector<std::string>& all, relay_status const& relay) {
    if (relay.stopped) all.push_back(hint_of(*relay.stopped));
    if (!relay.outbox) return;
    auto const& outbox = *relay.outbox;
    if (relay.stopped && relay.stopped->resumed_at.empty()) {
        // nothing else matters before that
    } else if (outbox.outdated) {
        all.push_back("nothing is moved from outbox " + relay.source +
                      ": its server went back in time or was replaced, the queue has jobs of a successor; point the "
                      "relay's --source to that one, or see \"Back to an old server\" in docs/relay.md");
    } else if (!outbox.active && !outbox.pooled) {
        all.push_back("no txq-relay is active on outbox " + relay.source + ": " +
                      (outbox.waiting.count == 0
                           ? "nothing waits in it, but what is enqueued will not be run"
                           : people_number(outbox.waiting) + " of its jobs wait and are not run") +
                      " until one is started");
    } else if (outbox.oldest.value_or(0) > long_while) {
        all.push_back("the oldest job of outbox " + relay.source + " has been waiting for the relay for " +
                      for_ms(outbox.oldest));
    }
    if (outbox.rejected.count > 0)
        all.push_back(people_number(outbox.rejected) + " jobs of outbox " + relay.source +
                      " could not be moved; which and why is in the table txq.outbox_rejected");
    add_hint(all, outbox.horizon, "if it has written, rows of outbox " + relay.source + " stay until it ends");
}

bool is_silent(worker_status const& worker) { return worker.silent.value_or(0) > worker.lease; }

/// Any living worker takes over the jobs of a dead one, whatever its own queues.
void add_hints(std::vector<std::string>& all, std::vector<worker_status> const& workers) {
    auto const anybody = !std::ranges::all_of(workers, is_silent);
    for (auto const& worker : workers) {
        if (!is_silent(worker)) continue;
        auto const running = worker.running == 0 ? std::string{"its jobs"} : "its " + jobs(worker.running);
        all.push_back("worker " + worker.name + " has been silent for " + for_ms(worker.silent) +
                      ", longer than its lease of " + for_ms(worker.lease) + ": " +
                      (!anybody       ? "there is no living worker to take over " + running + "; start one"
                       : worker.lives ? "another one takes over " + running + " any moment"
                                      : "another one should have taken over " + running +
                                            " by now; what do the logs of the living ones say?"));
    }
}

void add_hints(std::vector<std::string>& all, queue_status const& queue) {
    if (!queue.paused_at.empty()) {
        all.push_back("queue " + queue.queue + " is paused since " + people_time(queue.paused_at) +
                      "; to go on: txq queues resume " + shell_quoted(queue.queue));
    } else if (queue.workers == 0 && queue.ready.count > 0) {
        all.push_back("queue " + queue.queue + " has ready jobs, and no living worker serves it" +
                      (queue.dead_workers == 0 ? "" : " (dead: " + people_number(queue.dead_workers) + ")"));
    } else {
        for (auto const& [kind, number] : queue.unknown_kinds)
            all.push_back("queue " + queue.queue + " has ready jobs of kind " + kind + " (at least " +
                          people_number(number) + "), which none of its workers knows");
    }
    if (queue.full)
        all.push_back("queue " + queue.queue + " is full, " + people_number(queue.max_depth) +
                      " jobs or more wait to be run: enqueues are " +
                      (queue.when_full == "refuse" ? "refused" : "warned"));
    if (queue.held.count > 0)
        all.push_back("queue " + queue.queue + " has held jobs (" + people_number(queue.held) +
                      "), and a person has to decide: txq jobs list --queue " + shell_quoted(queue.queue) +
                      " --state held, then txq jobs release or txq jobs discard");
    if (queue.stopped_orders > 0)
        all.push_back("queue " + queue.queue +
                      " has jobs that wait behind a dead or held one of their order (orders: " +
                      people_number(queue.stopped_orders) + "): txq jobs list --queue " + shell_quoted(queue.queue) +
                      " --state dead, or held, then txq dead redrive, txq jobs release or txq jobs discard");
    if (queue.next_in.value_or(0) < -long_while)
        all.push_back("queue " + queue.queue + " has a scheduled job that is overdue by " + for_ms(-*queue.next_in) +
                      "; workers make them ready: does one run?");
}

/// What keeps one schedule from being run is likely to keep all.
void add_hints(std::vector<std::string>& all, std::vector<schedule_status> const& schedules) {
    std::int64_t overdue = 0;
    schedule_status const* latest = nullptr;
    for (auto const& one : schedules) {
        if (!one.problem.empty()) {
            all.push_back("schedule " + one.name + " never runs: " + one.problem +
                          "; give it other times with txq schedule add, or remove it");
            continue;
        }
        ++overdue;
        if (!latest || one.overdue > latest->overdue) latest = &one;
    }
    if (!latest) return;
    all.push_back((overdue == 1 ? "schedule " + latest->name + " is overdue by "
                                : people_number(overdue) + " schedules are overdue, " + latest->name + " by ") +
                  for_ms(latest->overdue) +
                  "; workers and relays with --schedules start their runs: does one live, and may it?");
}

void add_hint(std::vector<std::string>& all, paused_status const& one) {
    all.push_back(one.what + ' ' + one.name + " is paused since " + people_time(one.paused_at) + "; to go on: txq " +
                  one.what + "s resume " + shell_quoted(one.name));
}

} // namespace

std::vector<std::string> hints(status_report const& report) {
    std::vector<std::string> all;
    for (auto const& relay : report.relays) add_hints(all, relay);
    for (auto const& queue : report.queues) add_hints(all, queue);
    for (auto const& one : report.paused) add_hint(all, one);
    add_hints(all, report.workers);
    add_hints(all, report.schedules);
    if (!report.unsafe_settings.empty())
        all.push_back("the server has " + report.unsafe_settings +
                      ": when its machine crashes it may have forgotten jobs that were committed");
    add_hint(all, report.horizon, "meanwhile dead rows cannot be removed, and claims become slower");
    return all;
}

} // namespace txq::cli
