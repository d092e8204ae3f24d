#include "report.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace txq::chaos {

namespace {

/// Of each invariant: more of them say nothing new.
constexpr std::size_t most_violations = 5;

std::string numbers_of(finding const& one) {
    std::ostringstream text;
    if (!one.not_checked.empty())
        text << "not checked: " << one.not_checked;
    else
        text << std::setw(9) << one.checked << std::setw(10) << one.violations.size();
    return text.str();
}

nlohmann::json to_json(finding const& one) {
    nlohmann::json object{{"name", one.name}, {"what", one.what}};
    if (!one.not_checked.empty()) {
        object["not_checked"] = one.not_checked;
        return object;
    }
    object["checked"] = one.checked;
    object["violated"] = one.violations.size();
    auto const shown = std::min(most_violations, one.violations.size());
    object["violations"] = std::vector(one.violations.begin(), one.violations.begin() + static_cast<long>(shown));
    return object;
}

} // namespace

bool result::violated() const {
    return std::ranges::any_of(findings, [](finding const& one) { return !one.violations.empty(); });
}

std::string report(result const& what) {
    std::ostringstream text;
    text << "what happened\n";
    text << std::setw(9) << what.jobs << "  jobs committed\n";
    text << std::setw(9) << what.handler_runs << "  runs of handlers\n";
    for (auto const& [name, count] : what.counts) text << std::setw(9) << count << "  " << name << '\n';
    text << "\ninvariant                                                                     checked  violated\n";
    for (auto const& one : what.findings) {
        text << std::left << std::setw(4) << one.name << std::setw(70) << one.what << std::right << numbers_of(one)
             << '\n';
        if (!one.note.empty()) text << "       " << one.note << '\n';
        auto const shown = std::min(most_violations, one.violations.size());
        for (std::size_t i = 0; i < shown; ++i) text << "       ! " << one.violations[i] << '\n';
        if (one.violations.size() > shown) text << "       ! and " << one.violations.size() - shown << " more\n";
    }
    return text.str();
}

nlohmann::json to_json(result const& what) {
    auto invariants = nlohmann::json::array();
    for (auto const& one : what.findings) invariants.push_back(to_json(one));
    return {{"jobs", what.jobs},
            {"handler_runs", what.handler_runs},
            {"back_in_s", what.back_in_s},
            {"counts", what.counts},
            {"invariants", std::move(invariants)}};
}

} // namespace txq::chaos
