#include "bloat.hpp"

#include <memory>
#include <optional>

#include <txq/embedded_bench.hpp>

#include "gauge.hpp"
#include "holder.hpp"
#include "names.hpp"
#include "probe.hpp"

namespace txq::bench {

namespace {

using namespace std::chrono_literals;

/// What a claim of ten costs.
constexpr int probed_jobs = 10;
/// How far a worker's floor is behind.
constexpr auto settling = 150ms;

/// The flow, as it is watched interval by interval.
class watch {
  public:
    watch(bench& with, bloat_options const& how)
        : with_{with},
          how_{how},
          seen_{with.make_tally(jobs_at_most(how))},
          programs_{with.start_workers({.processes = 1, .slots = how.slots})} {
        programs_.push_back(with.start_relay(false));
        with.wait_for_programs(programs_, 1, true);
        claims_.emplace(with);
        load_.emplace(with, seen_, how.producing);
        load_->go();
    }

    measured interval() {
        gauge costs{with_.where(), programs_};
        auto const before = seen_.begun();
        std::vector<double> buffers;
        std::vector<double> milliseconds;
        std::vector<double> found;
        costs.begin();
        auto const end = monotonic_now() + std::chrono::nanoseconds{how_.interval}.count();
        auto const over = [&] {
            if (load_->failed()) load_->stop();
            auto const floor = claims_->last_place();
            with_.pause(settling);
            auto const cost = claims_->claim(probed_jobs, floor);
            buffers.push_back(cost.buffers);
            found.push_back(cost.jobs);
            milliseconds.push_back(cost.milliseconds);
            return monotonic_now() >= end;
        };
        with_.wait_until(over, programs_, 500ms, [&] { return seen_.begun(); });
        costs.end();
        auto const jobs = seen_.begun() - before;
        auto result = costs.result(static_cast<double>(jobs) / costs.seconds(), jobs);
        result.more["claim ms"] = spread_of(milliseconds).median;
        result.more["claim buffers"] = spread_of(buffers).median;
        result.more["claimed"] = spread_of(found).median;
        result.more["without floor"] = claims_->claim(probed_jobs, 0).buffers;
        result.more["waiting"] = static_cast<double>(load_->enqueued() - seen_.begun());
        add_sizes(result);
        return result;
    }

    /// Waits until everything is done, and looks whether it is.
    void finish() {
        load_->stop();
        auto const jobs = load_->enqueued();
        with_.wait_until([&] { return ended(jobs); }, programs_, 20ms, [&] { return seen_.begun(); });
        for (auto& one : programs_) one.stop();
        with_.check_counts(seen_, jobs);
    }

  private:
    static std::size_t jobs_at_most(bloat_options const& how) {
        auto const seconds = (how.free_intervals + how.held_intervals) * how.interval + 60s;
        return static_cast<std::size_t>(how.producing.rate * 1.2 * static_cast<double>(seconds.count()));
    }

    bool ended(std::int64_t jobs) {
        return seen_.begun() >= jobs &&
               !with_.where().database().run(sql::any_left, pq::params{queue})[0]["left"].as<bool>();
    }

    void add_sizes(measured& to) {
        auto const row = with_.where().database().run(sql::table_sizes)[0];
        auto const megabytes = [&](char const* column) { return row[column].as<double>() / (1 << 20); };
        to.more["jobs MiB"] = megabytes("jobs");
        to.more["outbox MiB"] = megabytes("outbox");
        to.more["record MiB"] = megabytes("record");
        to.more["dead rows"] = row["jobs_dead"].as<double>();
    }

    bench& with_;
    bloat_options const& how_;
    tally seen_;
    std::vector<child> programs_;
    std::optional<probe> claims_;
    std::optional<producers> load_;
};

/// Nothing where the server is not set up for this kind, such as for prepared transactions.
std::unique_ptr<holder> try_to_hold(bench& with, std::string const& kind, std::vector<cell>& cells) {
    try {
        return std::make_unique<holder>(with, kind);
    } catch (pqxx::sql_error const& refused) {
        std::string const why = refused.what();
        cells.push_back({.labels = {{"holder", kind}, {"interval", why.substr(0, why.find('\n'))}}});
        return nullptr;
    }
}

void measure_holder(bench& with, bloat_options const& how, std::string const& kind, std::vector<cell>& cells) {
    with.where().reset();
    watch flow{with, how};
    auto const measure = [&](std::string const& when) {
        with.show("bloat: " + kind + ", " + when);
        cells.push_back({.labels = {{"holder", kind}, {"interval", when}}});
        cells.back().runs.push_back(flow.interval());
    };
    for (int i = 1; i <= how.free_intervals; ++i) measure("free " + std::to_string(i));
    if (auto const held = try_to_hold(with, kind, cells))
        for (int i = 1; i <= how.held_intervals; ++i) measure("held " + std::to_string(i));
    flow.finish();
}

} // namespace

std::vector<cell> measure_bloat(bench& with, bloat_options const& how) {
    auto kinds = how.kinds;
    if (kinds.empty()) kinds.assign(std::begin(holders), std::end(holders));
    std::vector<cell> cells;
    for (auto const& kind : kinds) measure_holder(with, how, kind, cells);
    return cells;
}

} // namespace txq::bench
