#include <txq/cli/dead_summary.hpp>

#include <algorithm>
#include <ostream>

#include <txq/cli/output.hpp>
#include <txq/cli/time.hpp>

namespace txq::cli {

namespace {

std::string ago(std::int64_t ms) { return people_age(std::chrono::milliseconds{ms}) + " ago"; }

} // namespace

void dead_summary::add(session& database, std::string const& ids) {
    for (auto const& row : database.run(sql::sum_up_dead_jobs, pq::params{ids})) {
        auto& of = groups_[{text(row, "queue"), text(row, "kind"), text(row, "error_type")}];
        auto const last = number(row, "last_died_ms");
        of.last_died_ms = of.jobs == 0 ? last : std::min(of.last_died_ms, last);
        of.first_died_ms = std::max(of.first_died_ms, number(row, "first_died_ms"));
        of.jobs += number(row, "jobs");
    }
}

nlohmann::json dead_summary::json() const {
    auto all = nlohmann::json::array();
    for (auto const& [key, of] : groups_) {
        auto const& [queue, kind, error_type] = key;
        all.push_back({{"queue", queue},
                       {"kind", kind},
                       {"error_type", text_or_null(error_type)},
                       {"jobs", of.jobs},
                       {"first_died_ms", of.first_died_ms},
                       {"last_died_ms", of.last_died_ms}});
    }
    return all;
}

std::ostream& operator<<(std::ostream& out, dead_summary const& shown) {
    table groups{{"QUEUE"}, {"KIND"}, {"ERROR TYPE"}, {"JOBS", table::right}, {"FIRST DIED"}, {"LAST DIED"}};
    for (auto const& [key, of] : shown.groups_) {
        auto const& [queue, kind, error_type] = key;
        groups.add({queue, kind, error_type, people_number(of.jobs), ago(of.first_died_ms), ago(of.last_died_ms)});
    }
    return groups.empty() ? out : out << groups;
}

} // namespace txq::cli
