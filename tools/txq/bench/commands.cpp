#include <algorithm>
#include <memory>
#include <ostream>
#include <stop_token>

#include <txq/cli/commands.hpp>
#include <txq/cli/output.hpp>
#include <txq/detail/duration.hpp>
#include <txq/detail/shutdown_signals.hpp>
#include <txq/error.hpp>

#include "backlog.hpp"
#include "bloat.hpp"
#include "drain.hpp"
#include "enqueue.hpp"
#include "fairness.hpp"
#include "flow.hpp"
#include "holder.hpp"
#include "latency.hpp"
#include "report.hpp"

namespace txq::cli {

namespace {

using namespace txq::bench;

constexpr char drain_examples[] = R"(  txq bench drain
  txq bench drain --processes 1 --slots 16 --completion batched --jobs 500000
  txq bench drain --handler-time 50ms --slots 256 --jobs 20000
  txq bench drain --processes 1 --slots 16 --max-running 1000    what a limit costs that is not reached
  txq bench drain --processes 1 --slots 16 --starts 1000000 --each payload.n
)";
constexpr char flow_examples[] =
    R"(  txq bench flow                          one job per transaction, as many as keep up
  txq bench flow --jobs-per-tx 1000 --producers 1
  txq bench flow --rate 5000 --seconds 60
)";

constexpr char enqueue_examples[] = R"(  txq bench enqueue
  txq bench enqueue --connections 8 --seconds 10
)";
constexpr char latency_examples[] = R"(  txq bench latency
  txq bench latency --rate 500 --seconds 60
  txq bench latency --one-process                txq-worker --relay instead of two programs
)";

constexpr char bloat_examples[] =
    R"(  txq bench bloat --held 10                       every kind of holder, ten minutes each
  txq bench bloat --holder idle-snapshot --held 3 --rate 5000

"slot" needs a server with wal_level = logical, "prepared" one with max_prepared_transactions. Others show why they cannot.
)";
constexpr char backlog_examples[] = R"(  txq bench backlog
  txq bench backlog --jobs 10000,100000 --runs 1
)";
constexpr char fairness_examples[] = R"(  txq bench fairness
  txq bench fairness --jobs 100000 --handler-time 5ms --seconds 60 --runs 1
)";

/// Runs a measurement where Ctrl-C ends it in peace, and shows what it has come to.
int measure(command_line const& line, std::function<std::vector<cell>(txq::bench::bench&)> const& what) {
    std::stop_source stop;
    shutdown_signals const signals{[&] { stop.request_stop(); }, [] {}};
    auto const where = connection_info::from_environment(line.common().database);
    txq::bench::bench with{where, stop.get_token(), line.io().err_is_terminal ? &line.io().err : nullptr};
    auto const facts = machine_and(with.where().facts());
    auto const cells = what(with);
    with.show("");
    if (line.common().json)
        write_json(line.io().out, json_of(facts, cells));
    else
        write_text(line.io().out, facts, cells);
    return exit_code::ok;
}

CLI::Option* add_list(CLI::App& to, std::string const& name, std::vector<int>& numbers, int most,
                      std::string const& what) {
    return to.add_option(name, numbers, what)->delimiter(',')->check(CLI::Range(1, most))->type_name("NUMBER,...");
}

void add_duration(CLI::App& to, std::string const& name, std::chrono::milliseconds& value, std::string const& what) {
    auto const set = [&value, name](std::string const& text) {
        try {
            value = parse_duration(text);
        } catch (error const& wrong) { throw CLI::ValidationError{name, wrong.what()}; }
    };
    to.add_option_function<std::string>(name, set, what)->type_name("DURATION");
}

void add_runs(CLI::App& to, int& runs) {
    to.add_option("--runs", runs, "How often; the medians are shown")->check(CLI::Range(1, 100))->capture_default_str();
}

void add_payload(CLI::App& to, std::size_t& bytes) {
    to.add_option("--payload", bytes, "Bytes of a job's payload")
        ->check(CLI::Range(0, 32 << 20))
        ->capture_default_str();
}

void add_crew(CLI::App& to, std::vector<int>& processes, std::vector<int>& slots,
              std::chrono::milliseconds& handler_time) {
    add_list(to, "--processes", processes, 64, "Worker processes");
    add_list(to, "--slots", slots, 4096, "Slots of each process: jobs that run at the same time");
    add_duration(to, "--handler-time", handler_time, "How long a handler takes (default: none)");
}

void add_limit(CLI::App& to, drain_options::limit& under) {
    to.add_option("--max-running", under.max_running, "Let the queue have a limit of so many (default: none)")
        ->check(CLI::Range(1, 1'000'000));
    to.add_option("--starts", under.starts, "Let so many begin in a second at most (default: any number)")
        ->check(CLI::Range(1, 1'000'000));
    to.add_option("--each", under.each, "One limit for each value of this field; payload.n is another one in each job")
        ->type_name("FIELD");
}

void add_drain(command_line& line, CLI::App* group) {
    auto const how = std::make_shared<drain_options>();
    auto* const command = line.add(group, "drain", "Work off jobs that have been relayed before", drain_examples);
    command->add_option("--jobs", how->jobs, "How many; a tenth of it with per-job completion")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    add_crew(*command, how->processes, how->slots, how->handler_time);
    command
        ->add_option("--completion", how->completions,
                     "batched: handlers without a transaction; per-job: each with a transaction of its own")
        ->delimiter(',')
        ->check(CLI::IsMember({"batched", "per-job"}))
        ->type_name("HOW,...");
    add_payload(*command, how->payload_bytes);
    add_limit(*command, how->under);
    add_runs(*command, how->runs);
    line.on(command, [&line, how] {
        if (!how->under.each.empty() && !how->under.is_set())
            throw error{errc::bad_configuration, "--each is nothing without --max-running or --starts"};
        return measure(line, [&](auto& with) { return drain(with, *how); });
    });
}

void add_flow(command_line& line, CLI::App* group) {
    auto const how = std::make_shared<flow_options>();
    auto const seconds = std::make_shared<std::pair<int, int>>(3, 15);
    auto* const command = line.add(group, "flow", "Producers, a relay and workers at the same time", flow_examples);
    auto& load = how->producing;
    command->add_option("--producers", load.producers, "Connections that enqueue")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_option("--rate", load.rate, "Jobs per second (default: as many as keep up)")
        ->check(CLI::Range(0.0, 1e6));
    command->add_option("--backlog", load.backlog, "Without a rate: producers wait while more jobs than this wait")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    command->add_option("--jobs-per-tx", load.batch, "Jobs per transaction")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    add_crew(*command, how->processes, how->slots, how->handler_time);
    add_payload(*command, load.payload_bytes);
    command->add_option("--warm-up", seconds->first, "Seconds before what is measured")
        ->check(CLI::Range(0, 3600))
        ->capture_default_str();
    command->add_option("--seconds", seconds->second, "Seconds that are measured")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    command
        ->add_option("--relay-option", how->relay_options,
                     "Hand this on to the relay, such as --relay-option=--batch=2000")
        ->type_name("OPTION");
    add_runs(*command, how->runs);
    line.on(command, [&line, how, seconds] {
        how->warm_up = std::chrono::seconds{seconds->first};
        how->time = std::chrono::seconds{seconds->second};
        return measure(line, [&](auto& with) { return flow(with, *how); });
    });
}

void add_enqueueing(command_line& line, CLI::App* group) {
    auto const how = std::make_shared<enqueueing>();
    auto const seconds = std::make_shared<int>(5);
    auto* const command =
        line.add(group, "enqueue", "What a job adds to an application's transaction", enqueue_examples);
    add_list(*command, "--connections", how->connections, 1000, "Connections at the same time");
    add_payload(*command, how->payload_bytes);
    command->add_option("--seconds", *seconds, "How long each of them is measured")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    add_runs(*command, how->runs);
    line.on(command, [&line, how, seconds] {
        how->time = std::chrono::seconds{*seconds};
        return measure(line, [&](auto& with) { return measure_enqueue(with, *how); });
    });
}

void add_latency(command_line& line, CLI::App* group) {
    auto const how = std::make_shared<latency_options>();
    auto const seconds = std::make_shared<std::pair<int, int>>(20, 10);
    auto* const command =
        line.add(group, "latency", "A little traffic, one job per transaction, and none at all", latency_examples);
    command->add_option("--rate", how->rate, "Jobs per second")->check(CLI::Range(0.1, 1e5))->capture_default_str();
    command->add_option("--slots", how->slots, "Slots of the worker")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_flag("--one-process", how->one_process, "Let the worker be the relay as well");
    command->add_option("--seconds", seconds->first, "How long")->check(CLI::Range(1, 86400))->capture_default_str();
    command->add_option("--idle-seconds", seconds->second, "How long to watch them with nothing to do; 0: not at all")
        ->check(CLI::Range(0, 3600))
        ->capture_default_str();
    command->add_option("--relay-option", how->relay_options, "Hand this on to the relay")->type_name("OPTION");
    add_runs(*command, how->runs);
    line.on(command, [&line, how, seconds] {
        how->time = std::chrono::seconds{seconds->first};
        how->idle_time = std::chrono::seconds{seconds->second};
        return measure(line, [&](auto& with) { return measure_latency(with, *how); });
    });
}

void add_bloat(command_line& line, CLI::App* group) {
    auto const how = std::make_shared<bloat_options>();
    auto const seconds = std::make_shared<int>(60);
    auto* const command = line.add(group, "bloat", "A steady flow while dead rows cannot be removed", bloat_examples);
    command->add_option("--holder", how->kinds, "What keeps them (default: one after the other)")
        ->delimiter(',')
        ->check(CLI::IsMember(std::vector<std::string>(std::begin(holders), std::end(holders))))
        ->type_name("KIND,...");
    command->add_option("--rate", how->producing.rate, "Jobs per second")
        ->check(CLI::Range(1.0, 1e6))
        ->capture_default_str();
    command->add_option("--jobs-per-tx", how->producing.batch, "Jobs per transaction")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--producers", how->producing.producers, "Connections that enqueue")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_option("--slots", how->slots, "Slots of the worker")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--interval", *seconds, "Seconds of an interval")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    command->add_option("--free", how->free_intervals, "Intervals before")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    command->add_option("--held", how->held_intervals, "Intervals meanwhile")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    line.on(command, [&line, how, seconds] {
        how->interval = std::chrono::seconds{*seconds};
        return measure(line, [&](auto& with) { return measure_bloat(with, *how); });
    });
}

void add_backlog(command_line& line, CLI::App* group) {
    auto const how = std::make_shared<backlog_options>();
    auto const seconds = std::make_shared<int>(10);
    auto* const command = line.add(group, "backlog", "Claims and throughput with many jobs waiting", backlog_examples);
    command->add_option("--jobs", how->jobs, "How many wait")
        ->delimiter(',')
        ->check(CLI::Range(1, 1'000'000'000))
        ->type_name("NUMBER,...");
    command->add_option("--seconds", *seconds, "How long each is measured")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    command->add_option("--slots", how->slots, "Slots of the worker")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    add_runs(*command, how->runs);
    line.on(command, [&line, how, seconds] {
        how->time = std::chrono::seconds{*seconds};
        return measure(line, [&](auto& with) { return measure_backlog(with, *how); });
    });
}

void add_fairness(command_line& line, CLI::App* group) {
    auto const how = std::make_shared<fairness_options>();
    auto const seconds = std::make_shared<int>(15);
    auto* const command =
        line.add(group, "fairness", "Ten jobs of a tenant beside a backlog of another, and claims with many tenants",
                 fairness_examples);
    command->add_option("--jobs", how->jobs, "The backlog of the other tenant")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    command->add_option("--tenants", how->tenants, "Tenants with ten jobs each, for the claims")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->add_option("--slots", how->slots, "Slots of the worker")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    add_duration(*command, "--handler-time", how->handler_time, "How long a handler takes (default: none)");
    command->add_option("--seconds", *seconds, "How long each is measured at most")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    add_runs(*command, how->runs);
    line.on(command, [&line, how, seconds] {
        how->time = std::chrono::seconds{*seconds};
        return measure(line, [&](auto& with) { return measure_fairness(with, *how); });
    });
}

} // namespace

void add_bench(command_line& line) {
    auto* const group = line.add_group("bench", "Measure how fast this database is with txq");
    add_enqueueing(line, group);
    add_drain(line, group);
    add_flow(line, group);
    add_latency(line, group);
    add_bloat(line, group);
    add_backlog(line, group);
    add_fairness(line, group);
}

} // namespace txq::cli
