#include "exec_handler.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <sys/wait.h>

#include <txq/log.hpp>

#include "command_for.hpp"

namespace txq::program {

namespace {

using namespace std::chrono_literals;

/// A worker gives its handlers five seconds to stop before it leaves without them.
constexpr auto patience_with_commands = 4s;
/// The job may be another worker's by then.
constexpr auto patience_without_lease = 500ms;

/// What a failed attempt keeps of a message.
constexpr std::size_t longest_message = 8192;

std::string how(child_end const& end) {
    if (WIFSIGNALED(end.status)) {
        auto const signal = WTERMSIG(end.status);
        return "was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    }
    auto const status = WEXITSTATUS(end.status);
    auto const meaning = status == exit_tempfail  ? " (asks to be retried)"
                         : status == exit_dataerr ? " (permanent)"
                                                  : "";
    return "ended with exit status " + std::to_string(status) + meaning;
}

std::string message_of(child_end const& end, std::string const& command) {
    auto message = command + (end.was_stopped ? " was stopped and " : " ") + how(end);
    auto written = clean_text(end.errors.bytes());
    while (!written.empty() && written.back() == '\n') written.pop_back();
    if (written.empty()) return message + "; nothing on its standard error";
    std::string const begins_late = "; the end of its standard error:\n";
    auto const room = longest_message - std::min(longest_message, message.size() + begins_late.size());
    auto const cut = end.errors.is_cut() || written.size() > room;
    message += cut ? begins_late : "; its standard error:\n";
    return message += last_of(written, room);
}

error_facts facts_of(child_end const& end, std::string const& command) {
    auto const exited = WIFEXITED(end.status);
    auto const number = exited ? WEXITSTATUS(end.status) : WTERMSIG(end.status);
    return {.type = (exited ? "exit:" : "signal:") + std::to_string(number),
            .recoverable = end.was_stopped || !exited || number != exit_dataerr,
            .source = "command",
            .details = {{"command", command}, {exited ? "exit_status" : "signal", number}}};
}

bool begins_with_name(std::string const& variable, std::string_view name) {
    return variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=';
}

} // namespace

outcome outcome_of(child_end const& end, std::string const& command) {
    auto const exited = WIFEXITED(end.status) && !end.was_stopped;
    if (exited && WEXITSTATUS(end.status) == 0) return outcome::complete();
    throw command_failed{message_of(end, command), facts_of(end, command)};
}

std::vector<std::string> environment_for(raw_job const& job, std::vector<std::string> const& inherited) {
    auto const traceparent = job.headers.find("traceparent");
    std::array<std::pair<std::string_view, std::string>, 8> const ours{{
        {"TXQ_JOB_ID", job.id.str()},
        {"TXQ_OPERATION_ID", job.operation_id.str()},
        {"TXQ_KIND", job.kind},
        {"TXQ_QUEUE", job.queue},
        {"TXQ_TENANT", job.tenant},
        {"TXQ_ATTEMPT", std::to_string(job.attempt)},
        {"TXQ_MAX_ATTEMPTS", std::to_string(job.max_attempts)},
        {"TRACEPARENT", traceparent == job.headers.end() ? "" : traceparent->second},
    }};
    std::vector<std::string> variables;
    for (auto const& one : inherited) {
        auto const replaced =
            std::ranges::any_of(ours, [&](auto const& our) { return begins_with_name(one, our.first); });
        if (!replaced) variables.push_back(one);
    }
    for (auto const& [name, value] : ours)
        if (!value.empty()) variables.push_back(std::string{name} + '=' + value);
    return variables;
}

exec_handler::exec_handler(std::vector<std::string> arguments, std::filesystem::path const& directory)
    : command_{command_for(std::move(arguments), directory)} {}

outcome exec_handler::operator()(raw_job const& job, context& ctx) const {
    auto what = command_;
    what.environment = environment_for(job, command_.environment);
    auto const until_killed = [&ctx]() -> std::chrono::milliseconds {
        return ctx.why_stop() == stop_reason::lease_lost ? patience_without_lease : patience_with_commands;
    };
    auto const end = run_child(what, job.payload, ctx.stop(), until_killed);
    log::debug("command ended", {{"job", job.id.str()},
                                 {"kind", job.kind},
                                 {"output", clean_text(end.output.bytes())},
                                 {"errors", clean_text(end.errors.bytes())}});
    return outcome_of(end, what.arguments.front());
}

} // namespace txq::program
