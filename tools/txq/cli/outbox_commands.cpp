#include <algorithm>
#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/facts.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/status_report.hpp>
#include <txq/cli/stopped_outboxes.hpp>
#include <txq/cli/time.hpp>
#include <txq/detail/schema.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = "  txq outboxes list\n";
constexpr char resume_examples[] =
    R"(  txq outboxes resume a98c1f1d-0707-428d-a35e-39e9c5e71ad2          show what it is about
  txq outboxes resume a98c1f1d-0707-428d-a35e-39e9c5e71ad2 --yes    and go on
)";

/// Counting goes no further than this.
constexpr int most_counted = 10'000;

struct chosen {
    std::string outbox;
    std::string copy;
    bool yes = false;
};

int list(command_line const& line) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto const relays = read_relays(database);
    if (line.common().json)
        write_json(line.io().out, {{"outboxes", json_of(relays)}});
    else
        show_relays(line.io().out, relays);
    return exit_code::ok;
}

/// One that waits for a word comes before those that somebody has spoken for already.
stopped_outbox find(session& database, chosen const& which) {
    auto all = read_stopped(database, which.outbox, which.copy);
    if (all.empty())
        throw error{errc::not_found, "outbox " + which.outbox + " is not stopped" +
                                         (which.copy.empty() ? "" : " in database " + which.copy)};
    std::ranges::stable_partition(all, [](auto const& one) { return one.resumed_at.empty(); });
    if (all.size() == 1 || (all[0].resumed_at.empty() && !all[1].resumed_at.empty())) return all[0];
    std::string copies;
    for (auto const& one : all) copies += (copies.empty() ? "" : ", ") + one.database;
    throw error{errc::bad_configuration,
                "several copies of outbox " + which.outbox + " are stopped: give --copy, one of " + copies};
}

/// In which states jobs are that were enqueued when those in question were.
pqxx::result states_of(session& database, stopped_outbox const& one) {
    if (one.first_batch == 0) return {};
    return database.run(sql::jobs_enqueued_between, pq::params{one.from_at, one.moved_until, most_counted});
}

std::string in_words(pqxx::result const& states) {
    std::string all;
    for (auto const& row : states)
        all += (all.empty() ? "" : ", ") + people_number(number(row, "jobs")) + ' ' + text(row, "state");
    if (!states.empty() && truth(states[0], "more")) all += ", and more";
    return all.empty() ? "none" : all;
}

std::string span(std::string const& from, std::string const& until) {
    return people_time(from) + " to " + people_time(until);
}

void show(std::ostream& out, stopped_outbox const& one, pqxx::result const& states) {
    facts shown{out, 18};
    shown.add("outbox", one.source);
    shown.add("database", one.database);
    shown.add("stopped", people_time(one.stopped_at) + ", " + people_age(std::chrono::milliseconds{one.stopped}) +
                             " ago, by " + one.relay);
    shown.add("because", reason_of(one));
    shown.add("timeline", std::to_string(one.timeline));
    shown.add("last batch moved", std::to_string(one.batch));
    shown.add("last it knows of", std::to_string(one.kept_batch));
    if (one.why == "queue_lost_jobs") {
        shown.add("in question", "the jobs of the batches after " + std::to_string(one.batch) +
                                     ", but for those that the outbox still has");
        return;
    }
    if (one.first_batch == 0) {
        shown.add("in question", "which batches is not known: the outbox's transaction ids do not go on");
        return;
    }
    shown.add("in question", batches_of(one) + ", moved " + span(one.moved_from, one.moved_until));
    shown.add("not completed",
              in_words(states) + ": of all outboxes' jobs that were enqueued " + span(one.from_at, one.moved_until));
}

nlohmann::json document_of(stopped_outbox const& one, pqxx::result const& states, bool resumed) {
    auto by_state = nlohmann::json::object();
    for (auto const& row : states) by_state[text(row, "state")] = number(row, "jobs");
    auto const more = !states.empty() && truth(states[0], "more");
    return {{"outbox", json_of(one)}, {"not_completed", {{"jobs", by_state}, {"more", more}}}, {"resumed", resumed}};
}

/// Only what was shown: if more has been lost since, that is another decision.
bool resume_as_shown(session& database, stopped_outbox const& one) {
    if (!one.resumed_at.empty()) return true;
    pq::params const with{one.source, one.database, one.batch, one.kept_batch, one.timeline};
    if (database.run(sql::resume_outbox, with).empty())
        throw error{errc::wrong_state, "what is known of the outbox has changed meanwhile: look at it again"};
    return true;
}

std::string outcome(command_line const& line, chosen const& which, bool resumed) {
    if (resumed)
        return "the relay goes on: it reads the outbox anew, and leaves out what the queue has or has processed";
    return "nothing has been changed; to go on: txq outboxes resume " + which.outbox +
           (which.copy.empty() ? "" : " --copy " + which.copy) + " --yes" + line.database_option();
}

int resume(command_line const& line, chosen const& which) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto const one = find(database, which);
    auto const states = states_of(database, one);
    if (!line.common().json) show(line.io().out, one, states);
    auto const resumed = which.yes ? resume_as_shown(database, one) : !one.resumed_at.empty();
    if (line.common().json)
        write_json(line.io().out, document_of(one, states, resumed));
    else
        line.io().out << one_line(outcome(line, which, resumed)) << '\n';
    return exit_code::ok;
}

void add_resume(command_line& line, CLI::App* group) {
    auto const which = std::make_shared<chosen>();
    auto* const command = line.add(
        group, "resume", "Show why nothing is moved from an outbox any more, and let relays go on", resume_examples);
    command->add_option("OUTBOX", which->outbox, "The outbox's id")->check(is_id())->type_name("")->required();
    command->add_option("--copy", which->copy, "In which database, if several copies of it are stopped")
        ->type_name("DATABASE");
    command->add_flag("--yes", which->yes, "Go on");
    line.on(command, [&line, which] { return resume(line, *which); });
}

} // namespace

void add_outboxes(command_line& line) {
    auto* const group = line.add_group("outboxes", "List outboxes, and let relays go on where they have stopped");
    line.on(line.add(group, "list", "List the outboxes from which jobs have been moved", list_examples),
            [&line] { return list(line); });
    add_resume(line, group);
}

} // namespace txq::cli
