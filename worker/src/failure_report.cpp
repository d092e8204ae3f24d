#include "failure_report.hpp"

namespace txq {

namespace {

failure_report::fate fate_of(std::string_view state) {
    using fate = failure_report::fate;
    for (auto const one : {fate::dead, fate::held, fate::discarded, fate::cancelled})
        if (state == name(one)) return one;
    return fate::retried; // scheduled, or ready again
}

/// Field by field, because payloads may be large.
raw_job without_payload(raw_job const& job) {
    raw_job copy;
    copy.id = job.id;
    copy.operation_id = job.operation_id;
    copy.queue = job.queue;
    copy.kind = job.kind;
    copy.priority = job.priority;
    copy.attempt = job.attempt;
    copy.max_attempts = job.max_attempts;
    copy.fence = job.fence;
    copy.crashes = job.crashes;
    copy.enqueued_at = job.enqueued_at;
    copy.run_at = job.run_at;
    copy.claimed_at = job.claimed_at;
    copy.headers = job.headers;
    return copy;
}

} // namespace

failure_report report_of(raw_job const& job, ending const& how, std::string const& state, std::string const& worker) {
    return {.job = without_payload(job),
            .error = how.error.value_or(job_failure{}),
            .became = fate_of(state),
            .delay = how.delay,
            .worker = worker};
}

failure_report report_of_rescued(pqxx::row const& rescued, std::string const& worker) {
    failure_report report{.job = {}, .error = {}, .worker = worker};
    auto& job = report.job;
    job.id = uuid::parse(rescued["id"].c_str()).value_or(uuid{});
    job.operation_id = uuid::parse(rescued["operation_id"].c_str()).value_or(uuid{});
    job.queue = rescued["queue"].c_str();
    job.kind = rescued["kind"].c_str();
    job.attempt = rescued["attempt"].as<int>();
    job.max_attempts = rescued["max_attempts"].as<int>();
    job.fence = rescued["fence"].as<std::int64_t>();
    job.crashes = rescued["crashes"].as<int>();
    auto const crashed = std::string_view{rescued["severity"].c_str()} == name(severity::error);
    report.error = own_failure(rescued["error_type"].c_str(), rescued["message"].c_str(),
                               crashed ? severity::error : severity::warning);
    report.became = fate_of(rescued["state"].c_str());
    return report;
}

} // namespace txq
