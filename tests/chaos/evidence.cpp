#include "evidence.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

#include "history.hpp"

namespace txq::chaos {

namespace {

std::string us(std::string const& column) { return "(extract(epoch from " + column + ") * 1000000)::bigint"; }

std::string text(pqxx::field const& field) { return field.is_null() ? "" : field.c_str(); }

template <typename Number>
Number number(pqxx::field const& field) {
    return field.is_null() ? Number{0} : field.as<Number>();
}

void read_applications(cluster& servers, evidence& all) {
    for (std::size_t i = 0; i < cluster::databases; ++i) {
        for (auto const& row :
             servers.ask(i, "select job, operation, kind, " + us("run_at") + ", order_key, place from chaos.ledger")) {
            all.by_job.emplace(text(row[0]), all.ledger.size());
            all.ledger.push_back({text(row[0]), text(row[1]), text(row[2]), number<micros>(row[3]), text(row[4]),
                                  number<int>(row[5]), i});
        }
        for (auto const& row : servers.ask(i, "select id from txq.outbox_rejected")) all.rejected.insert(text(row[0]));
    }
}

/// What only those know that were primaries before. After what is known today.
void read_past(cluster& servers, evidence& all) {
    std::unordered_set<std::string> scheduled;
    for (auto const& [time, job] : all.ticks) scheduled.insert(job);
    for (std::size_t i = 0; i < cluster::databases; ++i) {
        for (auto const& job : servers.jobs_of_the_past(i))
            if (!all.by_job.contains(job) && !scheduled.contains(job)) all.forgotten.insert(job);
    }
}

/// What the one who kills and stops the others has written down.
struct lives {
    std::map<std::string, micros> ended;
    std::map<std::string, std::vector<span_of_time>> pauses;
    std::vector<span_of_time> set_back;
    std::vector<span_of_time> frozen;
    std::vector<clock_step> of_queue; ///< its clock's steps
    micros healed = never;
    bool clocks_stepped = false;
    bool networks_lost = false;
};

void read_queue(cluster& servers, lives const& known, evidence& all) {
    auto const real = [&](micros there) { return machine_time(known.of_queue, there); };
    auto const ask = [&](std::string const& sql) { return servers.ask(cluster::queue, sql); };
    for (auto const& row : ask("select operation_id, " + us("processed_at") + " from txq.processed_jobs")) {
        auto const at = real(number<micros>(row[1]));
        auto const [before, added] = all.processed.emplace(text(row[0]), at);
        if (!added) before->second = std::min(before->second, at);
    }
    for (auto const& row :
         ask("select id, state, attempt, crashes, (select count(*) from txq.failed_attempts as failed "
             "where failed.job_id = job.id and error_type = 'worker_died') from txq.jobs as job"))
        all.jobs[text(row[0])] = {text(row[1]), number<int>(row[2]), number<int>(row[3]), number<int>(row[4])};
    for (auto const& row : ask("select " + us("planned_at") + ", job_id from txq.schedule_runs"))
        all.ticks.emplace(row[0].as<micros>(), text(row[1]));
    for (auto const& row : ask("select id, job_id from txq.unique_outcomes")) all.left_to[text(row[0])] = text(row[1]);
    for (auto const& row : ask("select operation, job, fence, n from chaos.effects"))
        all.effects[text(row[0])].push_back({text(row[1]), number<std::int64_t>(row[2]), number<std::int64_t>(row[3])});
    for (auto const& row :
         ask("select job, what, old_state, state, old_fence, fence, attempt, crashes, " + us("run_at") + ", " +
             us("at") + ", operation, n, unique_key from chaos.changes order by n")) {
        all.changes[text(row[0])].push_back({.operation = text(row[10]),
                                             .what = row[1].c_str()[0],
                                             .old_state = text(row[2]),
                                             .state = text(row[3]),
                                             .old_fence = number<std::int64_t>(row[4]),
                                             .fence = number<std::int64_t>(row[5]),
                                             .attempt = number<int>(row[6]),
                                             .crashes = number<int>(row[7]),
                                             .run_at = number<micros>(row[8]),
                                             .noted_at = number<micros>(row[9]),
                                             .at = real(number<micros>(row[9])),
                                             .number = number<std::int64_t>(row[11]),
                                             .unique_key = text(row[12])});
    }
}

span_of_time span_in(nlohmann::json const& event) {
    return {event.value("from", micros{0}), event.value("to", micros{0})};
}

lives read_lives(std::vector<nlohmann::json> const& events) {
    lives result;
    for (auto const& one : events) {
        auto const what = one.value("e", "");
        auto const who = one.value("p", "");
        auto const at = one.value("t", micros{0});
        auto const of_queue = one.value("server", cluster::databases) == cluster::queue;
        if (what == "healed") result.healed = at;
        if (what == "network") result.networks_lost = true;
        if (what == "clock") result.clocks_stepped = true;
        if (what == "clock" && of_queue) result.of_queue.push_back({at, one.value("offset_s", micros{0}) * 1'000'000});
        if (what == "cut off" && of_queue) result.set_back.push_back({at, never});
        if (what == "lost commits" && of_queue) result.set_back.back().to = at;
        if (what == "frozen" && of_queue) result.frozen.push_back(span_in(one));
        if (what == "ended") result.ended[who] = at;
        if (what == "stopped") result.pauses[who].push_back({at, never});
        if ((what == "woken" || what == "ended") && !result.pauses[who].empty())
            result.pauses[who].back().to = std::min(result.pauses[who].back().to, at);
    }
    return result;
}

bool kills_its_worker(run_record const& run) {
    return run.result.empty() && (run.kind == "killer" || run.kind == "crashing");
}

/// A process that one of its handlers has killed is dead from then on, not since somebody noticed.
void correct_ends(std::vector<run_record>& all, std::size_t first) {
    auto died = never;
    for (auto i = first; i < all.size(); ++i)
        if (kills_its_worker(all[i])) died = std::min(died, all[i].began + 10'000);
    for (auto i = first; i < all.size(); ++i)
        if (all[i].result.empty()) all[i].ended = std::min(all[i].ended, std::max(died, all[i].began));
}

void read_worker(std::string const& process, std::vector<nlohmann::json> const& events, lives const& known,
                 evidence& all) {
    std::map<std::pair<std::string, std::int64_t>, std::size_t> open;
    auto const first = all.runs.size();
    auto const ended = known.ended.contains(process) ? known.ended.at(process) : never;
    for (auto const& one : events) {
        auto const what = one.value("e", "");
        auto const at = one.value("t", micros{0});
        if (what == "gap") all.pauses[process].push_back(span_in(one));
        std::pair const key{one.value("j", ""), one.value("f", std::int64_t{0})};
        if (what == "begin") {
            open[key] = all.runs.size();
            all.runs.push_back({.job = key.first,
                                .operation = one.value("o", ""),
                                .kind = one.value("k", ""),
                                .queue = one.value("q", ""),
                                .process = process,
                                .fence = key.second,
                                .claimed = machine_time(known.of_queue, one.value("c", micros{0})),
                                .began = at,
                                .ended = ended,
                                .result = {},
                                .effect = 0});
        }
        auto const run = open.find(key);
        if (run == open.end()) continue;
        if (what == "effect") all.runs[run->second].effect = at;
        if (what == "end") {
            all.runs[run->second].ended = at;
            all.runs[run->second].result = one.value("r", "");
        }
    }
    correct_ends(all.runs, first);
}

} // namespace

micros machine_time(std::vector<clock_step> const& steps, micros there) {
    constexpr micros slack = 2'000'000; // between a step and its note
    auto until = std::numeric_limits<micros>::max() - slack;
    // the last first: after a step back all times look as if they were from before the first one
    for (auto const& step : steps | std::views::reverse) {
        auto const then = there - step.offset;
        if (then >= step.at - slack && then < until + slack) return then;
        until = step.at;
    }
    return there;
}

evidence gather(cluster& servers, std::filesystem::path const& histories) {
    evidence all;
    read_applications(servers, all);
    auto const files = read_histories(histories);
    auto const known = read_lives(files.at("chaos"));
    read_queue(servers, known, all);
    read_past(servers, all);
    all.clocks_stepped = known.clocks_stepped;
    all.networks_lost = known.networks_lost;
    all.queue_clock_steps = known.of_queue;
    all.pauses = known.pauses;
    all.set_back = known.set_back;
    all.frozen = known.frozen;
    all.healed = known.healed;
    for (auto const& [name, events] : files) {
        if (name.starts_with("worker")) read_worker(name, events, known, all);
        if (name.starts_with("producer")) all.producers.insert(all.producers.end(), events.begin(), events.end());
    }
    return all;
}

} // namespace txq::chaos
