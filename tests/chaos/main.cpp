// txq-chaos: kills, stops, cuts and starves every part of txq, and counts what became of the jobs.

#include <csignal>
#include <fstream>
#include <iostream>
#include <random>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "run.hpp"
#include "totals.hpp"

namespace {

constexpr char footer[] = R"(
Examples:
  txq-chaos --seed 7 --seconds 60
  txq-chaos --seed 7 --seconds 30 --faults kill,stop,cut-after
  txq-chaos --seed 7 --plan                 what would happen when
  txq-chaos --sum-up results --form markdown   what the reports in a directory come to (see tools/soak)

Exit status: 0 if no invariant is violated, 1 if one is or the run failed, 2 for wrong usage.
)";

std::string faults_there_are() {
    std::string text = "Faults: all, none, or some of";
    for (auto const one : txq::chaos::all_faults) text += ' ' + std::string{name(one)};
    return text + '\n';
}

std::string describe(std::vector<txq::chaos::planned_fault> const& plan) {
    std::string text;
    for (auto const& one : plan) text += one.describe() + '\n';
    return text;
}

std::uint64_t seed_of(std::string const& text) {
    if (text == "any") return std::random_device{}();
    std::size_t end = 0;
    auto const seed = text.empty() || text[0] == '-' ? 0 : std::stoull(text, &end);
    if (end == 0 || end != text.size()) throw std::invalid_argument{"not a seed: " + text};
    return seed;
}

/// Prints it and keeps it beside the histories.
void say(std::filesystem::path const& file, std::string const& text) {
    std::ofstream{file} << text;
    std::cout << text << std::flush;
}

txq::chaos::result run_or_tell(txq::chaos::settings const& how,
                               std::vector<txq::chaos::planned_fault> const& plan) try {
    return txq::chaos::run(how, plan);
} catch (...) {
    std::cerr << "txq-chaos: the run with seed " << how.seed << " failed; what it has left is in "
              << how.directory.string() << '\n';
    throw;
}

int play(txq::chaos::settings& how, bool keep) {
    if (how.directory.empty()) how.directory = "/var/tmp/txq-chaos-" + std::to_string(::getpid());
    std::filesystem::create_directories(how.directory);
    auto const plan = make_plan(how.seed, how.length, how.lease, how.faults);
    std::cout << "seed " << how.seed << ", " << how.length.count() << " s, " << plan.size() << " faults planned\n";
    say(how.directory / "plan.txt", describe(plan) + '\n');
    auto const result = run_or_tell(how, plan);
    say(how.directory / "report.txt", report(result));
    if (result.violated()) std::ofstream{how.directory / "violations.txt"} << result.stories;
    auto for_totals = to_json(result);
    for_totals["seed"] = how.seed;
    for_totals["seconds"] = how.length.count();
    std::ofstream{how.directory / "report.json"} << for_totals.dump() << '\n';
    if (keep || result.violated())
        std::cout << "\nhistories, logs, plan and report are in " << how.directory.string() << '\n';
    else
        std::filesystem::remove_all(how.directory);
    return result.violated() ? 1 : 0;
}

int add_up(std::string const& directory, std::string const& form) {
    auto const all = txq::chaos::sum_up(directory);
    if (form == "json")
        std::cout << all.json().dump(2) << '\n';
    else if (form == "markdown")
        std::cout << all.markdown();
    else if (form == "line")
        std::cout << all.progress() << '\n';
    else
        std::cout << all.text();
    return all.violated() ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
    txq::chaos::settings how;
    std::string seed = "1";
    std::string faults = "all";
    long seconds = 30;
    long lease = how.lease.count();
    long pause = how.pause.count();
    long drain = how.drain.count();
    long back = how.back.count();
    bool only_plan = false;
    bool keep = false;
    std::string results;
    std::string form = "text";
    CLI::App app{"Kills, stops, cuts and starves every part of txq, and counts what became of the jobs."};
    app.footer(footer + faults_there_are());
    app.option_defaults()->always_capture_default();
    app.add_option("--seed", seed, "A number, where all that is random comes from; any: one that is printed");
    app.add_option("--seconds", seconds, "How long there are faults")->check(CLI::Range(1, 86'400));
    app.add_option("--faults", faults, "Which ones, with commas between");
    app.add_option("--lease", lease, "Of the workers, in milliseconds")->check(CLI::Range(1000, 60'000));
    app.add_option("--pause", pause, "Milliseconds between two transactions of a producer")
        ->check(CLI::Range(0, 10'000));
    app.add_option("--drain", drain, "Seconds in which all must be done in the end")->check(CLI::Range(1, 3600));
    app.add_option("--back-within", back, "Seconds in which everybody must be at work again in the end")
        ->check(CLI::Range(1, 3600));
    app.add_option("--directory", how.directory, "For histories and logs (default: one in /var/tmp)");
    app.add_flag("--keep", keep, "Keep them although nothing is violated");
    app.add_flag("--plan", only_plan, "Print the plan and do nothing");
    auto* const sum_up =
        app.add_option("--sum-up", results, "Run nothing: add up the reports (*.json) in this directory")
            ->check(CLI::ExistingDirectory);
    app.add_option("--form", form, "Of what is added up: text, markdown, json, or line")
        ->check(CLI::IsMember({"text", "markdown", "json", "line"}))
        ->needs(sum_up);
    try {
        app.parse(argc, argv);
        how.seed = seed_of(seed);
        how.faults = txq::chaos::faults_of(faults);
    } catch (CLI::ParseError const& wrong) {
        return app.exit(wrong) == 0 ? 0 : 2;
    } catch (std::invalid_argument const& wrong) {
        std::cerr << "txq-chaos: " << wrong.what() << '\n';
        return 2;
    }
    how.length = std::chrono::seconds{seconds};
    how.lease = std::chrono::milliseconds{lease};
    how.pause = std::chrono::milliseconds{pause};
    how.drain = std::chrono::seconds{drain};
    how.back = std::chrono::seconds{back};
    for (int const signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { txq::chaos::interrupt(); });
    try {
        if (!results.empty()) return add_up(results, form);
        if (only_plan) {
            std::cout << describe(make_plan(how.seed, how.length, how.lease, how.faults));
            return 0;
        }
        return play(how, keep);
    } catch (std::exception const& failed) {
        std::cerr << "txq-chaos: " << failed.what() << '\n';
        return 1;
    }
}
