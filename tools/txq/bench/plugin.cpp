// The handlers of the bench's jobs, for the stock txq-worker. They do nothing but say that they have begun.

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>

#include <txq/plugin.hpp>

#include "names.hpp"
#include "tally.hpp"

namespace {

using namespace txq;

std::string environment(char const* name) {
    auto const* const value = std::getenv(name);
    return value ? value : "";
}

bench::tally& shared_tally() {
    static auto shared = bench::tally::open(environment(bench::tally_variable));
    return shared;
}

std::chrono::milliseconds handler_time() {
    auto const text = environment(bench::handler_ms_variable);
    return std::chrono::milliseconds{text.empty() ? 0 : std::stoi(text)};
}

void take(std::chrono::milliseconds time, std::stop_token const& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop, time, [] { return false; });
}

} // namespace

TXQ_PLUGIN(handlers) {
    auto const time = handler_time();
    auto& shared = shared_tally();
    auto const begin = [time, &shared](raw_job const& job, context& ctx) {
        shared.on_begin(bench::number_of(job.payload));
        if (time.count() > 0) take(time, ctx.stop());
    };
    handlers.add(bench::plain_kind, [begin](raw_job const& job, context& ctx) { begin(job, ctx); });
    handlers.add(bench::transaction_kind, [begin](raw_job const& job, context& ctx, pqxx::work&) { begin(job, ctx); });
}
