#include "service.hpp"

#include <algorithm>
#include <set>

#include <txq/log.hpp>

#include "definition.hpp"

namespace txq {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t started_at_once = 500;
constexpr int pruned_at_once = 1000;
constexpr auto between_prunes = std::chrono::minutes{10};
constexpr auto between_tries = seconds{5};
/// Another one is starting runs, perhaps those that are due here.
constexpr auto after_another = milliseconds{100};

sys_seconds time_of(pqxx::row const& row, char const* column) {
    return sys_seconds{std::chrono::floor<seconds>(microseconds{row[column].as<std::int64_t>()})};
}

missed_times policy_of(std::string_view name) {
    return name == "skip" ? missed_times::skip : name == "all" ? missed_times::all : missed_times::once;
}

agenda::outcome outcome_of(std::string_view name) {
    return name == "locked" ? agenda::outcome::locked : name == "gone" ? agenda::outcome::gone : agenda::outcome::done;
}

} // namespace

scheduling_service::scheduling_service(scheduler_options const& options, connection_info where)
    : look_{options.look},
      retention_{options.retention},
      pooled_{options.pooled},
      where_{std::move(where)},
      set_name_{options.set.name} {
    if (!set_name_.empty()) set_ = json_of(options.set);
}

milliseconds scheduling_service::step() {
    try {
        auto const wait = work();
        waits_.reset();
        return wait;
    } catch (std::exception const& failed) {
        complain("schedules cannot be started, trying again until they can", failed);
        database_.reset();
        return waits_.next();
    }
}

milliseconds scheduling_service::work() {
    if (!database_) {
        database_ =
            std::make_unique<session>(session::options{.where = where_, .name = "txq scheduler", .pooled = pooled_});
        agenda_ = {};
        seen_.reset(); // the server may be another one, whose transactions have other numbers
    }
    if (!database_->writable()) throw pqxx::broken_connection{"the server is read-only"};
    if (!has_schedules()) return between_tries;
    from_time_to_time(next_put_, std::chrono::hours{24}, "the schedules of the file cannot be put, trying again",
                      [this] { put_set(); });
    auto const asked = clock::now();
    auto const now = read();
    auto const all_started = start_due();
    from_time_to_time(next_prune_, between_prunes, "old runs of schedules cannot be forgotten, trying again",
                      [&] { prune(now); });
    if (!all_started) return after_another;
    auto const next = agenda_.next();
    if (!next) return look_;
    auto const until = next->time_since_epoch() - now - (clock::now() - asked);
    return std::clamp(std::chrono::ceil<milliseconds>(until), milliseconds{1}, look_);
}

bool scheduling_service::has_schedules() {
    if (seen_) return true;
    auto const known = database_->run(sql::has_schedules)[0]["known"].as<bool>();
    if (!known && !waits_for_schema_)
        log::info("this database has no schedules yet, txq migrate adds them", {{"database", where_.describe()}});
    waits_for_schema_ = !known;
    return known;
}

void scheduling_service::put_set() {
    if (!set_) return;
    for (auto const& row : database_->run(sql::put_schedule_set, pq::params{set_name_, *set_})) {
        auto const* const outcome = row["outcome"].c_str();
        if (std::string_view{outcome} == "taken")
            log::error("a schedule of the file cannot be put: there is one of that name which is not the file's",
                       {{"schedule", row["schedule"].c_str()}, {"set", set_name_}});
        else
            log::info("put a schedule of the file",
                      {{"schedule", row["schedule"].c_str()}, {"set", set_name_}, {"outcome", outcome}});
    }
    set_.reset();
}

/// Returns the database's time.
microseconds scheduling_service::read() {
    auto rows = database_->run(sql::read_schedules, pq::params{seen_});
    if (agenda_.on_time(time_of(rows[0], "now_us"))) {
        log::warning("the database's clock went back: reading all schedules anew");
        rows = database_->run(sql::read_schedules, pq::params{std::nullopt});
        agenda_.on_time(time_of(rows[0], "now_us"));
    }
    for (auto const& row : rows)
        if (!row["name"].is_null()) read_row(row);
    seen_ = rows[0]["seen"].c_str();
    return microseconds{rows[0]["now_us"].as<std::int64_t>()};
}

void scheduling_service::read_row(pqxx::row const& row) {
    std::string const name = row["name"].c_str();
    if (row["paused"].as<bool>()) return agenda_.remove(name);
    try {
        agenda_.put({.name = name,
                     .version = row["version"].c_str(),
                     .what = schedules::parse(row["times"].c_str(), schedules::zone{row["zone"].c_str()}),
                     .missed = {policy_of(row["missed"].c_str()), row["missed_limit"].as<int>()},
                     .base = time_of(row, "base_us")});
    } catch (error const& unknown) {
        agenda_.remove(name);
        flag(row, unknown.what());
    }
}

void scheduling_service::flag(pqxx::row const& row, std::string const& problem) {
    auto const flagged =
        database_->run(sql::flag_schedule, pq::params{row["name"].c_str(), row["version"].c_str(), problem});
    if (!flagged.empty())
        log::error("a schedule cannot be understood, so it never runs",
                   {{"schedule", row["name"].c_str()}, {"times", row["times"].c_str()}, {"error", problem}});
}

/// False if another one is at it, so that it is not known what is left.
bool scheduling_service::start_due() {
    for (;;) {
        std::vector<std::string> left_out;
        auto const runs = agenda_.due(started_at_once, left_out);
        for (auto const& name : left_out)
            if (std::ranges::find(runs, name, &agenda::run::name) == runs.end())
                log::info("times of a schedule were missed and are left out", {{"schedule", name}});
        if (runs.empty()) return true;
        if (!start(runs, left_out)) return false;
    }
}

bool scheduling_service::start(std::vector<agenda::run> const& runs, std::vector<std::string> const& left_out) {
    auto const seconds_of = [](agenda::run const& one) { return one.time.time_since_epoch().count(); };
    auto const rows = database_->run(sql::start_runs,
                                     pq::params{pq::array(runs, &agenda::run::name),
                                                pq::array(runs, &agenda::run::version), pq::array(runs, seconds_of)});
    if (rows.empty()) return false;
    std::vector<agenda::result> results;
    std::set<std::string> started;
    for (auto const& row : rows) {
        std::string_view const outcome{row["outcome"].c_str()};
        results.push_back(
            {row["schedule"].c_str(), sys_seconds{seconds{row["time"].as<std::int64_t>()}}, outcome_of(outcome)});
        if (outcome == "started") started.insert(row["schedule"].c_str());
        if (outcome == "overlap")
            log::debug("a run of a schedule is left out: the job of an earlier one is not over",
                       {{"schedule", row["schedule"].c_str()}});
    }
    agenda_.on_results(results);
    for (auto const& name : left_out)
        if (started.contains(name))
            log::warning("times of a schedule were missed and are not all made up for", {{"schedule", name}});
    return true;
}

void scheduling_service::prune(microseconds now) {
    if (!clocks_.agree(now)) return;
    auto const row = database_->run(sql::prune_schedule_runs, pq::params{retention_.count(), pruned_at_once})[0];
    if (row["deleted"].as<int>() >= pruned_at_once) next_prune_ = clock::now(); // there are more
}

void scheduling_service::from_time_to_time(clock::time_point& next, milliseconds pause, char const* what,
                                           std::function<void()> const& act) {
    if (clock::now() < next) return;
    next = clock::now() + pause;
    try {
        act();
    } catch (std::exception const& failed) {
        if (classify(failed) == fault::connection) {
            next = {}; // on the next connection
            throw;
        }
        next = clock::now() + between_tries;
        complain(what, failed);
    }
}

void scheduling_service::complain(char const* about, std::exception const& failed) {
    if (!complaints_[about].due(clock::now())) return;
    auto const forbidden = pq::sqlstate(failed) == "42501";
    log::warning(about, {{"database", where_.describe()},
                         {"error", failed.what()},
                         {"see", forbidden ? "docs/operating.md, Roles" : "docs/schedules.md"}});
}

} // namespace txq
