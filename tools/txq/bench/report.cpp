#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <ostream>

#include <txq/cli/output.hpp>

#include "proc.hpp"

namespace txq::bench {

namespace {

using cli::people_number;

/// With as many digits as mean something.
std::string number(double value) {
    auto const size = std::abs(value);
    if (size >= 100) return people_number(std::llround(value));
    char text[32];
    std::snprintf(text, sizeof text, size >= 10 ? "%.1f" : size >= 0.1 || size == 0 ? "%.2f" : "%.4f", value);
    return text;
}

std::string percent(double share) { return std::to_string(std::llround(share * 100)) + " %"; }

using get = std::function<std::optional<double>(measured const&)>;

/// Of the runs that have it.
std::optional<spread> over_runs(cell const& of, get const& what) {
    std::vector<double> values;
    for (auto const& run : of.runs)
        if (auto const value = what(run)) values.push_back(*value);
    if (values.empty()) return std::nullopt;
    return spread_of(std::move(values));
}

std::string median_of(cell const& of, get const& what, std::string (*as)(double) = number) {
    auto const found = over_runs(of, what);
    return found ? as(found->median) : "";
}

std::string latency_text(cell const& of, std::optional<latency> measured::*which) {
    auto const part = [&](double latency::*percentile) {
        return median_of(of, [&](measured const& run) -> std::optional<double> {
            return run.*which ? std::optional{(*(run.*which)).*percentile} : std::nullopt;
        });
    };
    auto const p50 = part(&latency::p50);
    return p50.empty() ? "" : p50 + " / " + part(&latency::p95) + " / " + part(&latency::p99);
}

/// "txq-relay 12, txq-worker 31"
std::string memory_text(cell const& of) {
    std::map<std::string, std::int64_t> most;
    for (auto const& run : of.runs)
        for (auto const& [program, bytes] : run.peak_memory) most[program] = std::max(most[program], bytes);
    std::string text;
    for (auto const& [program, bytes] : most)
        if (bytes > 0)
            text += (text.empty() ? "" : ", ") + program + ' ' + number(static_cast<double>(bytes) / (1 << 20));
    return text;
}

/// Names of a kind, in the order in which they come first.
template <typename Names>
std::vector<std::string> all_names(std::vector<cell> const& cells, Names names_of) {
    std::vector<std::string> all;
    for (auto const& one : cells)
        for (auto const& name : names_of(one))
            if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    return all;
}

std::vector<std::string> label_names(cell const& of) {
    std::vector<std::string> names;
    for (auto const& [name, value] : of.labels) names.push_back(name);
    return names;
}

std::vector<std::string> more_names(cell const& of) {
    std::vector<std::string> names;
    for (auto const& run : of.runs)
        for (auto const& [name, value] : run.more) names.push_back(name);
    return names;
}

std::string label(cell const& of, std::string const& name) {
    for (auto const& [known, value] : of.labels)
        if (known == name) return value;
    return "";
}

struct column {
    std::string title;
    std::function<std::string(cell const&)> text;
    cli::table::alignment align = cli::table::right;
};

std::vector<column> columns_for(std::vector<cell> const& cells) {
    std::vector<column> all;
    for (auto const& name : all_names(cells, label_names))
        all.push_back({name, [name](cell const& of) { return label(of, name); }, cli::table::left});
    auto const rate = [](measured const& run) { return std::optional{run.rate}; };
    all.push_back({"per second", [=](cell const& of) { return median_of(of, rate); }});
    all.push_back({"(least-most)", [=](cell const& of) {
                       auto const found = over_runs(of, rate);
                       return found ? '(' + number(found->least) + '-' + number(found->most) + ')' : "";
                   }});
    all.push_back(
        {"of limit", [=](cell const& of) { return of.limit ? percent(over_runs(of, rate)->median / *of.limit) : ""; }});
    for (auto const& name : all_names(cells, more_names))
        all.push_back({name, [name](cell const& of) {
                           return median_of(of, [&](measured const& run) -> std::optional<double> {
                               auto const found = run.more.find(name);
                               return found == run.more.end() ? std::nullopt : std::optional{found->second};
                           });
                       }});
    all.push_back({"start ms p50/95/99", [](cell const& of) { return latency_text(of, &measured::to_start); }});
    all.push_back({"completion ms", [](cell const& of) { return latency_text(of, &measured::to_completion); }});
    all.push_back(
        {"server us", [](cell const& of) { return median_of(of, [](auto const& run) { return run.server_cpu_us; }); }});
    all.push_back(
        {"client us", [](cell const& of) { return median_of(of, [](auto const& run) { return run.client_cpu_us; }); }});
    all.push_back({"WAL bytes", [](cell const& of) {
                       return median_of(of, [](auto const& run) { return std::optional{run.wal_bytes}; });
                   }});
    all.push_back(
        {"commits", [](cell const& of) { return median_of(of, [](auto const& run) { return run.commits; }); }});
    all.push_back({"memory MiB", memory_text, cli::table::left});
    all.push_back({"others", [](cell const& of) {
                       return median_of(
                           of, [](auto const& run) { return run.others; }, percent);
                   }});
    return all;
}

nlohmann::json json_of(latency const& of) { return {{"p50_ms", of.p50}, {"p95_ms", of.p95}, {"p99_ms", of.p99}}; }

nlohmann::json json_of(measured const& run) {
    nlohmann::json document{{"per_second", run.rate}, {"wal_bytes", run.wal_bytes}};
    auto const add = [&](char const* name, auto const& value) {
        if (value) document[name] = *value;
    };
    add("server_cpu_us", run.server_cpu_us);
    add("client_cpu_us", run.client_cpu_us);
    add("commits", run.commits);
    add("others", run.others);
    if (run.to_start) document["to_start"] = json_of(*run.to_start);
    if (run.to_completion) document["to_completion"] = json_of(*run.to_completion);
    for (auto const& [program, bytes] : run.peak_memory) document["peak_memory"][program] = bytes;
    for (auto const& [name, value] : run.more) document[name] = value;
    return document;
}

} // namespace

nlohmann::json machine_and(nlohmann::json const& server) {
    return {{"cores", proc::cores()}, {"cpu", proc::cpu_model()}, {"server", server}};
}

void write_text(std::ostream& out, nlohmann::json const& facts, std::vector<cell> const& cells) {
    out << facts["cores"] << " cores, " << facts["cpu"].get<std::string>() << "; PostgreSQL "
        << facts["server"]["version"].get<std::string>();
    for (auto const& [name, value] : facts["server"]["settings"].items())
        out << ", " << name << ' ' << value.get<std::string>();
    out << "\n\n";
    auto const columns = columns_for(cells);
    std::vector<cli::table::column> titles;
    for (auto const& one : columns) titles.push_back({one.title, one.align});
    cli::table shown{titles};
    for (auto const& one : cells) {
        std::vector<std::string> texts;
        for (auto const& column : columns) texts.push_back(column.text(one));
        shown.add(std::move(texts));
    }
    out << shown;
    auto const cpu_is_missing =
        std::ranges::any_of(cells, [](cell const& of) { return !of.runs.empty() && !of.runs.front().server_cpu_us; });
    if (cpu_is_missing)
        out << "\nServer CPU is not available: the server is on another machine, or its processes are hidden.\n";
}

nlohmann::json json_of(nlohmann::json const& facts, std::vector<cell> const& cells) {
    nlohmann::json document{{"measured_on", facts}, {"cells", nlohmann::json::array()}};
    for (auto const& one : cells) {
        nlohmann::json shown{{"labels", nlohmann::json::object()}, {"runs", nlohmann::json::array()}};
        for (auto const& [name, value] : one.labels) shown["labels"][name] = value;
        for (auto const& run : one.runs) shown["runs"].push_back(json_of(run));
        if (one.limit) shown["limit_per_second"] = *one.limit;
        document["cells"].push_back(std::move(shown));
    }
    return document;
}

} // namespace txq::bench
