#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <txq/detail/connection_info.hpp>
#include <txq/detail/exit_code.hpp>
#include <txq/detail/freed_memory.hpp>
#include <txq/detail/secrets.hpp>
#include <txq/detail/shutdown_signals.hpp>
#include <txq/error.hpp>
#include <txq/log.hpp>
#include <txq/worker.hpp>

#include "config.hpp"
#include "handlers.hpp"
#include "hook_command.hpp"
#include "options.hpp"
#include "relay_beside.hpp"
#include "supervisor.hpp"

using namespace txq::program;
namespace exit_code = txq::exit_code;

namespace {

/// What was inherited must not decide what happens: a closed standard error would become a connection that log lines
/// are written to.
void set_up_process() {
    while (true) {
        auto const fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd > STDERR_FILENO || fd < 0) {
            ::close(fd);
            break;
        }
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGCHLD, SIG_DFL);
}

std::string names(std::vector<group_config> const& groups) {
    std::string joined;
    for (auto const& group : groups) joined += (joined.empty() ? "" : ",") + group.name;
    return joined;
}

std::string counted(std::size_t number, std::string const& one, std::string const& many) {
    return std::to_string(number) + ' ' + (number == 1 ? one : many);
}

void check_database(std::string const& text, std::string const& file) {
    try {
        if (!text.empty()) txq::connection_info::parse(text);
    } catch (txq::error const& wrong) { throw txq::error{wrong.code(), file + ", database: " + wrong.what()}; }
}

txq::worker_options with_hooks(txq::worker_options options, config const& from) {
    if (from.hook) options.on_failure = make_hook(*from.hook, from.directory);
    options.on_give_up = [patience = options.give_up_after] { exit_code::give_up(patience); };
    return options;
}

/// Everything that can be known about the file without a database.
int check(config from, std::string const& file) {
    check_database(from.options.database, file);
    from.options.database = "dbname=not_looked_at";
    auto const handlers = make_handlers(from);
    auto const processes = processes_of(from);
    for (auto const& groups : processes) txq::worker{handlers, with_hooks(options_for(from, groups), from)};
    auto const schedules = from.schedules.schedules.size();
    std::cout << file << " is fine: " << counted(from.kinds.size(), "kind", "kinds") << ", "
              << counted(from.groups.size(), "group", "groups") << ", "
              << counted(processes.size(), "process", "processes")
              << (schedules == 0 ? "" : ", " + counted(schedules, "schedule", "schedules")) << '\n';
    return exit_code::ok;
}

relay_beside::give_up when_to_give_up(config const& from) {
    auto const patience = from.options.give_up_after;
    return {patience, [patience] { exit_code::give_up(patience); }};
}

/// Handlers that do not end: their threads use what would be destroyed.
[[noreturn]] void leave_behind(std::optional<relay_beside>& relay) {
    auto status = exit_code::failed;
    try {
        if (relay) relay->finish();
    } catch (std::exception const& failed) {
        txq::log::error("failed", {{"error", failed.what()}});
        status = exit_code::of(failed);
    }
    std::_Exit(status);
}

int work(config const& from, std::vector<group_config> const& groups, bool with_relay) {
    txq::worker worker{make_handlers(from), with_hooks(options_for(from, groups), from)};
    std::atomic<bool> at_once{false};
    txq::shutdown_signals const signals{[&] {
                                            txq::log::info("told to stop");
                                            worker.stop();
                                        },
                                        [&] {
                                            if (at_once.exchange(true)) std::_Exit(exit_code::failed);
                                            txq::log::warning("told to leave at once");
                                            worker.stop_now();
                                        }};
    std::optional<txq::scheduler> scheduler;
    if (from.scheduler)
        scheduler.emplace(txq::scheduler_options{.database = from.options.database,
                                                 .set = from.schedules,
                                                 .retention = from.options.retention,
                                                 .pooled = from.options.pooled});
    std::optional<relay_beside> relay;
    if (with_relay)
        relay.emplace(txq::connection_info::from_environment(from.options.database, "--database"), from.options.pooled,
                      when_to_give_up(from), [&] { worker.stop(); });
    worker.run();
    if (worker.abandoned_handlers()) leave_behind(relay);
    if (relay) relay->finish();
    return at_once ? exit_code::failed : exit_code::ok;
}

int supervise_processes(std::vector<std::vector<group_config>> const& processes,
                        std::vector<std::string> const& arguments) {
    std::vector<child_program> programs;
    for (auto const& groups : processes) {
        child_program program{names(groups), arguments};
        program.arguments.insert(program.arguments.end(), {"--supervisor", std::to_string(::getpid())});
        for (auto const& group : groups) program.arguments.insert(program.arguments.end(), {"--only", group.name});
        programs.push_back(std::move(program));
    }
    return supervise(programs);
}

int run(options const& given, std::vector<std::string> const& arguments) {
    auto from = read_config(given.config);
    if (!given.database.empty()) from.options.database = given.database;
    if (given.pooled) from.options.pooled = true;
    if (given.check) return check(std::move(from), given.config);
    if (given.supervisor != 0) {
        follow(given.supervisor);
        std::erase_if(from.groups,
                      [&](auto const& group) { return std::ranges::find(given.only, group.name) == given.only.end(); });
        return work(from, from.groups, given.relay);
    }
    auto const processes = processes_of(from);
    auto const one_for_all = std::ranges::none_of(from.groups, [](auto const& group) { return group.processes > 0; });
    if (one_for_all) return work(from, processes.front(), given.relay);
    return supervise_processes(processes, arguments);
}

/// A person reads a line, and what reads JSON gets JSON.
void complain(std::string const& what, bool as_json) {
    if (as_json)
        txq::log::error("failed", {{"error", what}});
    else
        std::cerr << "txq-worker: " << txq::without_passwords(what) << '\n';
}

} // namespace

int main(int count, char** argument_pointers) {
    set_up_process();
    txq::keep_freed_memory();
    auto const arguments = txq::take_arguments(count, argument_pointers);
    auto const given = parse_options(arguments);
    if (given.exit_status) return *given.exit_status;
    if (given.json_log) txq::log::set_sink(txq::log::json_sink());
    txq::log::set_threshold(given.log_level);
    try {
        return run(given, arguments);
    } catch (std::exception const& failed) {
        complain(failed.what(), given.json_log);
        return exit_code::of(failed);
    }
}
