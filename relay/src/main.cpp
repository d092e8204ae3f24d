#include <cstdlib>
#include <iostream>
#include <stop_token>

#include <txq/detail/exit_code.hpp>
#include <txq/detail/secrets.hpp>
#include <txq/detail/shutdown_signals.hpp>
#include <txq/error.hpp>
#include <txq/log.hpp>

#include "options.hpp"

namespace {

using namespace txq;

int run(relay::settings how) {
    how.on_give_up = [patience = how.give_up_after] { exit_code::give_up(patience); };
    std::stop_source stop;
    shutdown_signals const signals{[&] {
                                       log::info("told to stop: finishing the batch in hand");
                                       stop.request_stop();
                                   },
                                   [] { std::_Exit(exit_code::failed); }};
    try {
        relay::service{how, stop.get_token()}.run();
        log::info("stopped");
        return exit_code::ok;
    } catch (error const& wrong) {
        log::error(wrong.what(), {{"code", name(wrong.code())}});
        return exit_code::of(wrong);
    } catch (relay::failure const& failed) {
        log::error("failed", {{"database", failed.database()}, {"error", failed.what()}});
        return failed.kind() == fault::connection ? exit_code::no_database : exit_code::failed;
    }
}

} // namespace

int main(int count, char** arguments) {
    auto const parsed = relay::parse(take_arguments(count, arguments));
    std::cout << parsed.out << std::flush;
    std::cerr << parsed.err;
    if (!parsed.options) return parsed.exit_code;
    log::set_sink(parsed.options->json_log ? log::json_sink() : log::text_sink());
    log::set_threshold(parsed.options->log_level);
    try {
        return run(parsed.options->settings);
    } catch (std::exception const& unforeseen) {
        log::error("failed", {{"error", unforeseen.what()}});
        return exit_code::failed;
    }
}
