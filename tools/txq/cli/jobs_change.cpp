#include <txq/cli/jobs_change.hpp>

#include <map>
#include <ostream>
#include <set>

#include <txq/cli/output.hpp>
#include <txq/detail/schema.hpp>
#include <txq/uuid.hpp>

namespace txq::cli {

namespace {

pq::params in_states(std::string const& ids, std::string const& states) { return pq::params{ids, states}; }
pq::params in_their_queues(std::string const& ids, std::string const& states) {
    return pq::params{ids, states, std::nullopt};
}

/// In lower case, in order, each once.
std::set<std::string> normalised(std::vector<std::string> const& ids) {
    std::set<std::string> all;
    for (auto const& id : ids) all.insert(uuid::parse(id).value().str());
    return all;
}

std::set<std::string> ids_of(pqxx::result const& rows) {
    std::set<std::string> all;
    for (auto const& row : rows) all.insert(text(row, "id"));
    return all;
}

/// What became of one job; without a state it is not there.
struct change_result {
    std::string id;
    bool changed = false;
    std::string state{};
    std::string worker{}; ///< that runs it
    std::string silent{}; ///< for how long that worker has been, if it is dead
};

std::map<std::string, change_result> results_of(pqxx::result const& rows) {
    std::map<std::string, change_result> all;
    for (auto const& row : rows) {
        all[text(row, "id")] = {.id = text(row, "id"),
                                .state = text(row, "state"),
                                .worker = text(row, "worker"),
                                .silent = truth(row, "lives") ? "" : age(row, "silent_ms")};
    }
    return all;
}

std::vector<change_result> change(session& database, std::set<std::string> const& ids, job_change const& how) {
    auto const array = pq::array(ids);
    auto const changed = ids_of(database.run(how.what, how.params(array, pq::array(how.states))));
    auto found = results_of(database.run(sql::job_states, pq::params{array}));
    std::vector<change_result> results;
    for (auto const& id : ids) {
        results.push_back(found[id]);
        results.back().id = id;
        results.back().changed = changed.contains(id);
    }
    return results;
}

/// What has been asked of a job's worker, and whether there is one to do it.
std::string request(change_result const& one) {
    if (one.worker.empty()) return "its worker is gone; it will be cancelled when a living worker notices";
    if (one.silent.empty()) return "its worker " + one.worker + " has been asked to stop it";
    return "its worker " + one.worker + " has been silent for " + one.silent +
           " and is dead; the job will be cancelled when a living worker takes over";
}

void tell(console const& io, change_result const& one, job_change const& how) {
    if (one.changed && one.state == how.state) {
        io.out << one.id << " is " << how.state << '\n';
    } else if (one.changed && one.state == "running" && how.asks_worker) {
        io.out << one.id << " is still running; " << one_line(request(one)) << '\n';
    } else if (one.changed && one.state == "waiting") {
        io.out << one.id << ' ' << how.done << "; it waits for its turn in its order\n";
    } else if (one.changed) {
        io.out << one.id << ' ' << how.done << "; meanwhile it is " << (one.state.empty() ? "gone" : one.state) << '\n';
    } else if (one.state.empty()) {
        io.err << "txq: there is no job " << one.id << " (not relayed yet, completed or deleted)\n";
    } else {
        io.err << "txq: " << one.id << " is " << one.state << "; " << how.possible << '\n';
    }
}

nlohmann::json json_of(change_result const& one) {
    return {{"id", one.id}, {"changed", one.changed}, {"state", text_or_null(one.state)}};
}

} // namespace

job_change const retry_change{sql::retry_jobs,
                              in_their_queues,
                              "ready",
                              "has been made ready",
                              "only scheduled, dead, discarded and cancelled jobs can be retried",
                              {"scheduled", "dead", "discarded", "cancelled"},
                              "are ready"};
job_change const redrive_change{
    sql::retry_jobs, in_their_queues,  "ready", "has been made ready", "only dead jobs can be redriven",
    {"dead"},        "are ready again"};
job_change const release_change{
    sql::retry_jobs, in_their_queues,  "ready", "has been released", "only held jobs can be released",
    {"held"},        "are ready again"};
job_change const cancel_change{sql::cancel_jobs,
                               in_states,
                               "cancelled",
                               "has been cancelled",
                               "only waiting, scheduled, ready and running jobs can be cancelled",
                               {"waiting", "scheduled", "ready", "running"},
                               "are cancelled or asked to stop",
                               true};
job_change const discard_change{sql::discard_jobs,
                                in_states,
                                "discarded",
                                "has been discarded",
                                "only waiting, scheduled, ready, dead and held jobs can be discarded",
                                {"waiting", "scheduled", "ready", "dead", "held"},
                                "are discarded"};

job_change reschedule_change(std::chrono::system_clock::time_point run_at) {
    auto const us = std::chrono::floor<std::chrono::microseconds>(run_at.time_since_epoch()).count();
    return {sql::reschedule_jobs,
            [us](std::string const& ids, std::string const&) {
                return pq::params{ids, us};
            },
            "scheduled",
            "has been rescheduled",
            "only waiting, scheduled and ready jobs can be rescheduled, which no worker has claimed",
            {"waiting", "scheduled", "ready"},
            "are rescheduled"};
}

int change_jobs(command_line const& line, std::vector<std::string> const& ids, job_change const& how) {
    auto database = line.connect();
    check_schema(database, side::queue);
    bool all = true;
    auto document = nlohmann::json::array();
    for (auto const& one : change(database, normalised(ids), how)) {
        all = all && one.changed;
        if (line.common().json)
            document.push_back(json_of(one));
        else
            tell(line.io(), one, how);
    }
    if (line.common().json) write_json(line.io().out, {{"jobs", document}});
    return all ? exit_code::ok : exit_code::not_found;
}

int change_many(command_line const& line, bulk_change const& which, job_change const& how) {
    auto database = line.connect();
    check_schema(database, side::queue);
    progress so_far{line.io()};
    auto const change_them = [&] {
        auto const& given = which.filter.state;
        auto const states = given.empty() ? how.states : std::vector{given};
        for (auto const& state : states) {
            auto filter = which.filter;
            filter.state = state;
            // by then they may be in another one: only if none was given are they to be changed in that, too
            auto const action = action_of(database, so_far, which.dry_run, how.what,
                                          [&](std::string const& ids) { return how.params(ids, pq::array(states)); });
            if (which.limit > so_far.jobs()) for_jobs(database, filter, which.limit - so_far.jobs(), action);
        }
    };
    tell_number_after(line, so_far, "changed", which.dry_run, how.many_done, "would be changed", change_them);
    // a key names one job, as an id does
    return which.filter.key.empty() || so_far.jobs() > 0 ? exit_code::ok : exit_code::not_found;
}

} // namespace txq::cli
