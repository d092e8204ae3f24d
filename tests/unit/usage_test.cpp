#include <support/catch.hpp>

#include <txq/detail/usage.hpp>

using txq::usage::closest;

namespace {

/// What a program with a few options says to a line that is wrong.
std::string said(std::vector<std::string> arguments) {
    CLI::App app{"An example.", "prog"};
    int number = 0;
    std::string text;
    app.add_option("--number", number);
    app.add_option("--level", text)->check(CLI::IsMember({"debug", "warning"}));
    auto* const list = app.add_subcommand("list");
    list->add_option("--queue", text);
    app.require_subcommand(1);
    std::reverse(arguments.begin(), arguments.end());
    try {
        app.parse(arguments);
    } catch (CLI::ParseError const& wrong) { return txq::usage::explain(app, wrong); }
    return "nothing";
}

} // namespace

TEST_CASE("what is wrong with a command line is said in the words of the one who wrote it") {
    CHECK(said({"list"}) == "nothing");
    CHECK(said({}) == "prog: which command?\nsee: prog --help\n");
    CHECK(said({"lits"}) == "prog: there is no command 'prog lits'; did you mean list?\nsee: prog --help\n");
    CHECK(said({"frobnicate"}) == "prog: there is no command 'prog frobnicate'\nsee: prog --help\n");
    CHECK(said({"list", "--queu", "mail"}) ==
          "prog: there is no option --queu; did you mean --queue?\nsee: prog list --help\n");
    CHECK(said({"list", "--frobnicate=7"}) == "prog: there is no option --frobnicate\nsee: prog list --help\n");
    CHECK(said({"list", "mail"}) == "prog: 'mail' is an argument too many\nsee: prog list --help\n");
    CHECK(said({"--number", "x", "list"}) == "prog: --number: 'x' is not a whole number\nsee: prog list --help\n");
    CHECK(said({"--level", "warn", "list"}) ==
          "prog: --level: 'warn' is none of debug, warning; did you mean warning?\nsee: prog list --help\n");
}

TEST_CASE("the word that was meant begins alike or has nearly the same letters") {
    std::vector<std::string> const words{"status", "queues", "dead"};
    CHECK(closest("stat", words) == "status");
    CHECK(closest("statsu", words) == "status");
    CHECK(closest("que", words) == "queues");
    CHECK(closest("daed", words) == "dead");
    CHECK(closest("frobnicate", words).empty());
    CHECK(closest("", words).empty());
    CHECK(closest("x", {}).empty());
}
