#include <support/catch.hpp>
#include <support/command.hpp>

#include <fstream>
#include <sstream>
#include <vector>

#include <txq/cli/command_line.hpp>
#include <txq/cli/failure.hpp>
#include <txq/error.hpp>

using Catch::Matchers::Contains;
using txq::test::run_txq;

namespace {

constexpr char id[] = "01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b";

} // namespace

TEST_CASE("what cannot be meant ends with exit status 2 and says what is wrong") {
    std::vector<std::pair<std::vector<std::string>, std::string>> const cases{
        {{}, "which command?"},
        {{"frobnicate"}, "no command 'txq frobnicate'"},
        {{"jobs", "frobnicate"}, "no command 'txq jobs frobnicate'"},
        {{"jobs"}, "see: txq jobs --help"},
        {{"status", "--frobnicate"}, "--frobnicate"},
        {{"status", "surplus"}, "surplus"},
        {{"migrate", "--side", "left"}, "left"},
        {{"migrate", "--status", "--sql"}, "--sql"},
        {{"migrate", "--missing"}, "--sql"},
        {{"enqueue"}, "KIND"},
        {{"enqueue", "kind", "{}", "--delay", "1s", "--run-at", "now"}, "--delay"},
        {{"enqueue", "kind", "{}", "--priority", "high"}, "--priority: 'high' is not a whole number"},
        {{"stats"}, "did you mean status?"},
        {{"jobs", "list", "--queu", "mail"}, "no option --queu; did you mean --queue?"},
        {{"jobs", "list", "--state", "completed"}, "completed"},
        {{"jobs", "list", "--limit", "0"}, "--limit"},
        {{"jobs", "list", "--after", "17"}, "'17' is not an id"},
        {{"jobs", "show"}, "ID"},
        {{"jobs", "show", "17"}, "'17' is not an id"},
        {{"jobs", "show", id, id}, id},
        {{"jobs", "retry"}, "ID"},
        {{"jobs", "cancel", "--dry-run"}, "which jobs?"},
        {{"jobs", "cancel", id, "--queue", "mail"}, "either IDs or"},
        {{"jobs", "cancel", "--state", "dead"}, "--state: 'dead' is none of"},
        {{"jobs", "cancel", id, "17"}, "'17' is not an id"},
        {{"jobs", "discard"}, "ID"},
        {{"dead", "purge"}, "--older-than"},
        {{"queues", "pause"}, "QUEUE"},
        {{"queues", "pause", ""}, "128 bytes"},
        {{"queues", "set", "mail"}, "--fair"},
        {{"tenants", "set", "ann", "--weight", "0"}, "--weight"},
        {{"queues", "resume", std::string(129, 'q')}, "128 bytes"},
        {{"completion", "fish"}, "fish"},
        {{"enqueue", "kind", "--header", "no-equals-sign"}, "name=value"},
        {{"enqueue", "kind", "--delay", "5"}, "no unit"},
        {{"dead", "purge", "--older-than", "30"}, "no unit"},
        {{"dead", "redrive"}, "which dead jobs?"},
        {{"dead", "redrive", id, "--all"}, "either ids or"},
        {{"dead", "redrive", id, "--rate", "1/s"}, "either ids or"},
        {{"dead", "redrive", "--all", "--rate", "fast"}, "'fast' is not a rate"},
        {{"dead", "redrive", "--all", "--to-queue", std::string(129, 'q')}, "128 bytes"},
        {{"status", "--database", "postgresql://%"}, "cannot be understood"},
    };
    for (auto const& [arguments, expected] : cases) {
        auto const ended = run_txq(arguments);
        INFO(ended.err);
        CHECK(ended.status == 2);
        CHECK_THAT(ended.err, Contains(expected));
        CHECK(ended.out.empty());
    }
}

TEST_CASE("every command has help with an example") {
    for (std::vector<std::string> command : {std::vector<std::string>{"migrate"},
                                             {"enqueue"},
                                             {"status"},
                                             {"jobs", "list"},
                                             {"jobs", "show"},
                                             {"jobs", "retry"},
                                             {"jobs", "cancel"},
                                             {"jobs", "discard"},
                                             {"dead", "list"},
                                             {"dead", "show"},
                                             {"dead", "redrive"},
                                             {"dead", "purge"},
                                             {"queues", "list"},
                                             {"queues", "pause"},
                                             {"queues", "resume"},
                                             {"queues", "set"},
                                             {"tenants", "set"},
                                             {"tenants", "list"},
                                             {"tenants", "pause"},
                                             {"kinds", "list"},
                                             {"kinds", "pause"},
                                             {"kinds", "resume"},
                                             {"workers"},
                                             {"schedule", "explain"},
                                             {"completion"}}) {
        std::string line = "txq";
        for (auto const& word : command) line += ' ' + word;
        command.push_back("--help");
        auto const help = run_txq(command);
        CHECK(help.status == 0);
        CHECK(help.err.empty());
        CHECK_THAT(help.out, Contains("Usage: " + line));
        CHECK_THAT(help.out, (Contains("Examples:\n") && Contains("  " + line)) || Contains("source <(" + line));
    }
}

TEST_CASE("the help says what the exit statuses mean") {
    auto const help = run_txq({"--help"});
    CHECK(help.status == 0);
    for (auto const* status : {"  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  "})
        CHECK_THAT(help.out, Contains(status));
}

TEST_CASE("help is a command as well") {
    auto const help = run_txq({"--help"});
    CHECK(run_txq({"help"}).out == help.out);
    CHECK(run_txq({"help", "jobs", "list"}).out == run_txq({"jobs", "list", "--help"}).out);
    CHECK(run_txq({"jobs", "help"}).out == run_txq({"jobs", "--help"}).out);
}

TEST_CASE("the version is told") {
    auto const version = run_txq({"--version"});
    CHECK(version.status == 0);
    CHECK_THAT(version.out, Contains("txq 0."));
}

TEST_CASE("a database that cannot be reached ends with exit status 4 and no password is shown") {
    auto const ended = run_txq({"status", "--database", "postgresql://anna:geheim@/shop?host=/nowhere"});
    CHECK(ended.status == 4);
    CHECK_THAT(ended.err, Contains("cannot reach the database"));
    CHECK_THAT(ended.err, !Contains("geheim"));
}

TEST_CASE("each error has its exit status") {
    using txq::errc;
    using txq::cli::explain;
    CHECK(explain(txq::error{errc::bad_payload, ""}).exit_code == 2);
    CHECK(explain(txq::error{errc::schema_missing, ""}).exit_code == 3);
    CHECK(explain(txq::error{errc::schema_too_new, ""}).exit_code == 3);
    CHECK(explain(txq::error{errc::migration_changed, ""}).exit_code == 3);
    CHECK(explain(txq::error{errc::no_database, ""}).exit_code == 4);
    CHECK(explain(txq::error{errc::not_found, ""}).exit_code == 5);
    CHECK(explain(txq::error{errc::wrong_state, ""}).exit_code == 5);
    CHECK(explain(std::runtime_error{"disk on fire"}).exit_code == 1);
    CHECK(explain(pqxx::in_doubt_error{"lost"}).exit_code == 1);
    CHECK_THAT(explain(pqxx::in_doubt_error{"lost"}).message, Contains("look before trying again"));
}

TEST_CASE("the command fails if what it writes cannot be written") {
    std::istringstream in;
    std::ofstream full{"/dev/full"};
    std::ostringstream err;
    CHECK(txq::cli::run({"completion", "bash"}, {in, full, err}) == 1);
}
