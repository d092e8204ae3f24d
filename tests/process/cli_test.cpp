#include <support/catch.hpp>
#include <support/process.hpp>

using txq::test::process;

namespace {

std::string output_of(std::vector<std::string> const& command) {
    process program{command};
    REQUIRE(program.wait() == 0);
    auto text = program.output();
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

/// What bash would offer for a line that ends at the cursor; its last word may be empty.
std::string completions(std::string const& words) {
    static auto const script = output_of({"txq", "completion", "bash"});
    return output_of({"bash", "--norc", "-c",
                      script + "\nCOMP_WORDS=(" + words +
                          "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _txq; echo \"${COMPREPLY[*]}\""});
}

} // namespace

TEST_CASE("bash completes commands and their commands and options and values") {
    CHECK(completions("txq j") == "jobs");
    CHECK(completions("txq dead ''") == "list show redrive purge --help");
    CHECK(completions("txq jobs r") == "retry release reschedule");
    CHECK(completions("txq jobs list --st") == "--state");
    CHECK(completions("txq jobs list --state d") == "dead discarded");
    CHECK(completions("txq migrate --side ''") == "outbox queue");
    CHECK(completions("txq migrate --side queue --st") == "--status");
    CHECK(completions("txq completion ''").find("bash") != std::string::npos);
    CHECK(completions("txq enqueue status --pri") == "--priority");
    CHECK(completions("txq --json st") == "status");
    CHECK(completions("txq jobs list --queue ''").empty());
}
