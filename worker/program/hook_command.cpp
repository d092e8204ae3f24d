#include "hook_command.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include <txq/error.hpp>
#include <txq/log.hpp>

#include "child_process.hpp"
#include "command_for.hpp"
#include "exec_handler.hpp"

namespace txq::program {

namespace {

/// What a command that is too slow has from SIGTERM to SIGKILL.
constexpr auto last_grace = std::chrono::seconds{1};

/// Asks for a stop when the time is over, unless this has ended before.
class time_limit {
  public:
    explicit time_limit(std::chrono::milliseconds limit)
        : thread_{[this, limit](std::stop_token const& ended) {
              std::unique_lock lock{mutex_};
              if (!changed_.wait_for(lock, ended, limit, [&] { return ended.stop_requested(); }))
                  source_.request_stop();
          }} {}

    std::stop_token token() const { return source_.get_token(); }

  private:
    std::stop_source source_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::jthread thread_; // last: it uses everything above
};

void run(command const& what, failure_report const& report, std::chrono::milliseconds limit) {
    auto with_job = what;
    with_job.environment = environment_for(report.job, what.environment);
    time_limit const timer{limit};
    auto const end =
        run_child(with_job, json_of(report), timer.token(), [] { return std::chrono::milliseconds{last_grace}; });
    outcome_of(end, what.arguments.front()); // throws what the log is to say
}

} // namespace

std::string json_of(failure_report const& report) {
    auto const& [job, error, became, delay, worker] = report;
    auto causes = nlohmann::json::array();
    for (auto const& one : error.causes) causes.push_back({{"type", one.type}, {"message", one.message}});
    nlohmann::json const document{{"became", name(became)},
                                  {"delay_ms", delay.count()},
                                  {"worker", worker},
                                  {"job",
                                   {{"id", job.id.str()},
                                    {"operation_id", job.operation_id.str()},
                                    {"queue", job.queue},
                                    {"kind", job.kind},
                                    {"attempt", job.attempt},
                                    {"max_attempts", job.max_attempts},
                                    {"crashes", job.crashes},
                                    {"headers", job.headers}}},
                                  {"error",
                                   {{"type", error.type},
                                    {"message", error.message},
                                    {"severity", name(error.severity)},
                                    {"recoverable", error.recoverable},
                                    {"source", error.source},
                                    {"details", error.details},
                                    {"causes", causes}}}};
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

failure_hook make_hook(hook_config const& from, std::filesystem::path const& directory) try {
    return [what = command_for(from.arguments, directory), on = from.on,
            limit = from.timeout](failure_report const& report) {
        if (std::ranges::find(on, name(report.became)) != on.end()) run(what, report, limit);
    };
} catch (error const& wrong) { throw error{wrong.code(), from.where + ": " + wrong.what()}; }

} // namespace txq::program
