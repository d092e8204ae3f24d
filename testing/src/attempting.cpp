#include "attempting.hpp"

#include <txq/trace.hpp>

namespace txq::testing {

namespace {

class test_context : public context {
  public:
    std::stop_token stop() const override { return {}; }
    stop_reason why_stop() const override { return stop_reason::none; }
    std::string const& worker_name() const override { return name_; }

  private:
    std::string const name_ = "test";
};

/// Half of the jitter is added and half is taken away.
constexpr double no_chance = 0.5;

std::string traceparent_of(raw_job const& job) {
    auto const found = job.headers.find("traceparent");
    return found == job.headers.end() ? "" : found->second;
}

} // namespace

ending attempt(raw_job const& job, registration const& how, std::function<outcome(context&)> const& call) {
    trace_scope const trace{traceparent_of(job)};
    test_context ctx;
    try {
        return ending_of(job, call(ctx));
    } catch (...) {
        return ending_of(job, describe(std::current_exception()), stop_reason::none, how.options.retry, no_chance);
    }
}

} // namespace txq::testing
