#include <cstdlib>
#include <iostream>
#include <optional>
#include <stop_token>

#include <scheduler/file/schedule_file.hpp>
#include <txq/detail/exit_code.hpp>
#include <txq/detail/freed_memory.hpp>
#include <txq/detail/secrets.hpp>
#include <txq/detail/shutdown_signals.hpp>
#include <txq/error.hpp>
#include <txq/log.hpp>

#include "options.hpp"

namespace {

using namespace txq;

/// Each relay does, also one that stands by: a run is started once, whoever comes first.
void start_schedules(relay::options const& given, program::schedule_file const& file, std::optional<scheduler>& into) {
    into.emplace(scheduler_options{.database = given.settings.queue.str(),
                                   .set = file.set,
                                   .retention = file.retention,
                                   .pooled = given.settings.pooled});
    log::info("starting the runs of schedules",
              {{"file", given.schedules}, {"set", file.set.name}, {"schedules", file.set.schedules.size()}});
}

int run(relay::options const& given, std::optional<program::schedule_file> const& file) {
    auto how = given.settings;
    how.on_give_up = [patience = how.give_up_after] { exit_code::give_up(patience); };
    std::stop_source stop;
    shutdown_signals const signals{[&] {
                                       log::info("told to stop: finishing the batch in hand");
                                       stop.request_stop();
                                   },
                                   [] { std::_Exit(exit_code::failed); }};
    std::optional<scheduler> schedules;
    try {
        if (file) start_schedules(given, *file, schedules);
        relay::service{how, stop.get_token()}.run();
        log::info("stopped");
        return exit_code::ok;
    } catch (error const& wrong) {
        log::error(wrong.what(), {{"code", name(wrong.code())}});
        return exit_code::of(wrong);
    } catch (relay::stopped const& why) {
        why.log();
        return exit_code::failed;
    } catch (relay::failure const& failed) {
        log::error("failed", {{"database", failed.database()}, {"error", failed.what()}});
        return failed.kind() == fault::connection ? exit_code::no_database : exit_code::failed;
    }
}

std::optional<program::schedule_file> file_of(relay::options const& given) {
    if (given.schedules.empty()) return std::nullopt;
    return program::read_schedule_file(given.schedules);
}

/// A person reads lines, and what reads JSON gets JSON.
void complain(error const& wrong, bool as_json) {
    if (as_json)
        log::error("failed", {{"error", wrong.what()}});
    else
        std::cerr << "txq-relay: " << without_passwords(wrong.what()) << '\n';
}

} // namespace

int main(int count, char** arguments) {
    keep_freed_memory();
    auto const parsed = relay::parse(take_arguments(count, arguments));
    std::cout << parsed.out << std::flush;
    std::cerr << parsed.err;
    if (!parsed.options) return parsed.exit_code;
    log::set_sink(parsed.options->json_log ? log::json_sink() : log::text_sink());
    log::set_threshold(parsed.options->log_level);
    try {
        return run(*parsed.options, file_of(*parsed.options));
    } catch (error const& wrong) {
        complain(wrong, parsed.options->json_log);
        return exit_code::of(wrong);
    } catch (std::exception const& unforeseen) {
        log::error("failed", {{"error", unforeseen.what()}});
        return exit_code::failed;
    }
}
