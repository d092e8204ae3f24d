#include "totals.hpp"

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <set>
#include <sstream>

namespace txq::chaos {

namespace {

struct headline_rule {
    char const* name;
    long long aim;
    std::vector<std::string> beginnings; ///< of the names of what is added up
};

/// The aims are those of a long run.
std::vector<headline_rule> const& headline_rules() {
    static std::vector<headline_rule> const rules{
        {"kills of programs", 1000, {"kills of ", "kills at ", "workers killed by a handler"}},
        {"zombies: workers and relays stopped for longer than a lease that went on",
         200,
         {"stops of workers for longer", "stops of relays for longer"}},
        {"cuts before COMMIT", 500, {"cuts before "}},
        {"cuts after COMMIT", 500, {"cuts after a COMMIT took effect", "cuts after such a statement"}},
        {"commits in doubt", 0, {"in-doubt commits"}},
        {"sessions ended by the server", 0, {"sessions ended"}},
        {"immediate stops of servers", 100, {"immediate stops", "failovers"}},
        {"failovers", 20, {"failovers"}},
        {"processes of servers killed", 0, {"server processes killed"}},
        {"frozen servers", 0, {"servers frozen"}},
        {"partitions and lossy networks", 0, {"networks "}},
        {"full disks", 20, {"full disks"}},
        {"steps of servers' clocks", 0, {"steps of the clock of"}},
        {"steps of programs' clocks", 0, {"steps of the clocks of"}},
        {"held horizons", 7, {"held horizons"}},
    };
    return rules;
}

bool begins_with_any(std::string const& name, std::vector<std::string> const& beginnings) {
    return std::ranges::any_of(beginnings, [&](std::string const& one) { return name.starts_with(one); });
}

/// 1234567 as 1,234,567.
std::string grouped(long long number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<long>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

} // namespace

totals::row& totals::row_of(std::string const& name) {
    auto found = std::ranges::find(rows_, name, &row::name);
    if (found == rows_.end()) found = rows_.insert(rows_.end(), row{name, {}});
    return *found;
}

void totals::add(nlohmann::json const& run) {
    auto const seed = run.at("seed").get<std::uint64_t>();
    seeds_.push_back(seed);
    if (run.contains("failed")) {
        bad_.push_back("seed " + std::to_string(seed) + ": " + run["failed"].get<std::string>());
        return;
    }
    seconds_ += run.at("seconds").get<long long>();
    jobs_ += run.at("jobs").get<long long>();
    handler_runs_ += run.at("handler_runs").get<long long>();
    auto const back = run.value("back_in_s", 0.0);
    if (back > 0) back_.insert(std::ranges::upper_bound(back_, back), back);
    for (auto const& [name, count] : run.at("counts").items()) counts_[name] += count.get<long long>();
    for (auto const& one : run.at("invariants")) {
        auto& into = row_of(one.at("name"));
        into.what = one.at("what");
        into.not_checked = one.value("not_checked", "");
        into.checked += one.value("checked", 0LL);
        into.violated += one.value("violated", 0LL);
        if (one.value("violated", 0LL) > 0)
            bad_.push_back("seed " + std::to_string(seed) + ": " + into.name + ": " +
                           one.at("violations").at(0).get<std::string>());
    }
}

std::vector<totals::headline> totals::headlines() const {
    std::vector<headline> result;
    for (auto const& rule : headline_rules()) {
        headline one{rule.name, rule.aim, 0};
        for (auto const& [name, count] : counts_)
            if (begins_with_any(name, rule.beginnings)) one.count += count;
        result.push_back(one);
    }
    return result;
}

std::string totals::seeds() const {
    std::set<std::uint64_t> const all{seeds_.begin(), seeds_.end()};
    std::string text;
    for (auto one = all.begin(); one != all.end();) {
        auto last = *one;
        auto const first = last;
        for (++one; one != all.end() && *one == last + 1; ++one) last = *one;
        text +=
            (text.empty() ? "" : ", ") + std::to_string(first) + (last > first ? " to " + std::to_string(last) : "");
    }
    return text.empty() ? "none" : text;
}

/// In how many seconds: "2.6 in half of the runs, 5.1 at most".
std::string totals::back() const {
    if (back_.empty()) return "not seen";
    std::ostringstream out;
    out << std::fixed << std::setprecision(1) << back_[(back_.size() - 1) / 2] << " in half of the runs, "
        << back_.back() << " at most";
    return out.str();
}

std::string totals::progress() const {
    long long kills = 0, failovers = 0, violated = 0;
    for (auto const& one : headlines()) {
        if (one.name.starts_with("kills")) kills = one.count;
        if (one.name == "failovers") failovers = one.count;
    }
    for (auto const& one : rows_) violated += one.violated;
    return grouped(static_cast<long long>(seeds_.size())) + " runs, " + grouped(jobs_) + " jobs, " + grouped(kills) +
           " kills, " + grouped(failovers) + " failovers, " + grouped(violated) + " violations";
}

std::string totals::text() const {
    std::ostringstream out;
    out << "seeds " << seeds() << ": " << seeds_.size() << " runs, " << seconds_ << " s of faults\n";
    out << std::setw(11) << grouped(jobs_) << "  jobs committed\n";
    out << std::setw(11) << grouped(handler_runs_) << "  runs of handlers\n";
    out << "seconds until everybody worked again: " << back() << "\n\n      count       aim\n";
    for (auto const& one : headlines())
        out << std::setw(11) << grouped(one.count) << std::setw(10) << (one.aim > 0 ? grouped(one.aim) : "") << "  "
            << one.name << '\n';
    out << "\nin detail\n";
    for (auto const& [name, count] : counts_) out << std::setw(11) << grouped(count) << "  " << name << '\n';
    out << "\n"
        << std::left << std::setw(74) << "invariant" << std::right << std::setw(11) << "checked" << std::setw(10)
        << "violated" << '\n';
    for (auto const& one : rows_) {
        out << std::left << std::setw(4) << one.name << std::setw(70) << one.what << std::right;
        if (one.checked > 0)
            out << std::setw(11) << grouped(one.checked) << std::setw(10) << one.violated << '\n';
        else
            out << "not checked: " << one.not_checked << '\n';
    }
    for (auto const& one : bad_) out << "! " << one << '\n';
    return out.str();
}

std::string totals::markdown() const {
    std::ostringstream out;
    out << "| what happened | aim | |\n|---|---|---|\n";
    out << "| jobs committed | | " << grouped(jobs_) << " |\n| runs of handlers | | " << grouped(handler_runs_)
        << " |\n| seconds from the end of the faults until everybody worked | | " << back() << " |\n";
    for (auto const& one : headlines())
        out << "| " << one.name << " | " << (one.aim > 0 ? grouped(one.aim) : "") << " | " << grouped(one.count)
            << " |\n";
    out << "\n| in detail | |\n|---|---|\n";
    for (auto const& [name, count] : counts_) out << "| " << name << " | " << grouped(count) << " |\n";
    out << "\n| invariant | checked | violated |\n|---|---|---|\n";
    for (auto const& one : rows_)
        if (one.checked > 0)
            out << "| " << one.name << " | " << grouped(one.checked) << " | " << one.violated << " |\n";
    return out.str();
}

nlohmann::json totals::json() const {
    nlohmann::json all{{"runs", seeds_.size()},
                       {"seeds", seeds()},
                       {"seconds", seconds_},
                       {"jobs", jobs_},
                       {"handler_runs", handler_runs_},
                       {"back_in_s", back_},
                       {"counts", counts_},
                       {"totals", nlohmann::json::object()},
                       {"invariants", nlohmann::json::array()},
                       {"violations", bad_}};
    for (auto const& one : headlines()) all["totals"][one.name] = {{"count", one.count}, {"aim", one.aim}};
    for (auto const& one : rows_) {
        nlohmann::json object{
            {"name", one.name}, {"what", one.what}, {"checked", one.checked}, {"violated", one.violated}};
        if (one.checked == 0) object["not_checked"] = one.not_checked;
        all["invariants"].push_back(std::move(object));
    }
    return all;
}

totals sum_up(std::filesystem::path const& directory) {
    totals all;
    std::set<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::directory_iterator{directory})
        if (entry.path().extension() == ".json") files.insert(entry.path());
    for (auto const& file : files) {
        std::ifstream input{file};
        all.add(nlohmann::json::parse(input));
    }
    return all;
}

} // namespace txq::chaos
