// txq-interleavings: sessions with the statements of sql/ in every order of their steps.

#include <chrono>
#include <iomanip>
#include <iostream>

#include <CLI/CLI.hpp>

#include "explore.hpp"

using namespace txq::interleavings;

namespace {

constexpr char footer[] = R"(
Examples:
  txq-interleavings                      all orders of all stories: takes long
  txq-interleavings --most 1000          about a thousand of each, spread over all of them
  txq-interleavings --story rescue       those with this word in their names

Exit status: 0 if nothing is violated, 1 if something is, 2 for wrong usage.
)";

unsigned long long tell(story const& one, world& in, bool kills, unsigned long long most) {
    auto const began = std::chrono::steady_clock::now();
    auto const what = explore(one, in, kills, most);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    std::cout << std::left << std::setw(60) << one.name << std::right << std::setw(9) << what.orders << " of "
              << what.all << " orders, " << what.kills << " with a kill, " << what.waits << " with somebody who waits, "
              << what.violations.size() << " violations, " << std::fixed << std::setprecision(1) << took.count()
              << " s\n";
    for (auto const& each : what.violations) std::cout << "    ! " << each << '\n';
    std::cout << std::flush;
    return what.violations.size();
}

} // namespace

int main(int argc, char** argv) {
    unsigned long long most = 0;
    std::string word;
    bool no_kills = false;
    CLI::App app{"Sessions with txq's statements in every order of their steps, and what must hold after each."};
    app.footer(footer);
    app.add_option("--most", most, "Of each story so many orders, spread over all of them (default: all)");
    app.add_option("--story", word, "Only stories with this word in their names");
    app.add_flag("--no-kills", no_kills, "No session is ended on the way");
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& wrong) { return app.exit(wrong) == 0 ? 0 : 2; }
    try {
        world in;
        unsigned long long violations = 0;
        for (auto const& one : all_stories())
            if (one.name.find(word) != std::string::npos) violations += tell(one, in, !no_kills, most);
        return violations == 0 ? 0 : 1;
    } catch (std::exception const& failed) {
        std::cerr << "txq-interleavings: " << failed.what() << '\n';
        return 1;
    }
}
