#include <support/catch.hpp>
#include <support/process.hpp>
#include <support/scratch.hpp>

using txq::test::process;
using txq::test::scratch;

namespace {

std::string content(std::string const& path) {
    std::ifstream stream{TXQ_SOURCE_DIR "/" + path};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

bool has_block(std::string const& document, std::string const& language, std::string const& text) {
    return !text.empty() && document.find("```" + language + "\n" + text + "```\n") != std::string::npos;
}

} // namespace

TEST_CASE("the file and the plugin in the documentation are the ones that are tested") {
    auto const document = content("docs/worker-program.md");
    CHECK(has_block(document, "toml", content("worker/program/worker.toml")));
    CHECK(has_block(document, "cpp", content("tests/plugins/images.cpp")));
}

TEST_CASE("the sample file is fine where the files are that it names") {
    scratch const files;
    auto const file = files.write("worker.toml", content("worker/program/worker.toml"));
    files.script("send-mail", "exit 0\n");
    files.write("monthly-report.sql", "refresh materialized view monthly_report");
    std::filesystem::copy_file(TXQ_TEST_PLUGINS "/libimages.so", files.path() / "libimages.so");
    process check{{"txq-worker", "--config", file, "--check"}};
    CHECK(check.wait() == 0);
    CHECK_THAT(check.output(), Catch::Matchers::EndsWith(file + " is fine: 5 kinds, 2 groups, 3 processes, 2 schedules\n"));
}

TEST_CASE("a check of a file names every mistake in it") {
    scratch const files;
    auto const file = files.write("worker.toml", "[kind.one]\nexec = ['./one']\n[kind.two]\nsql = 'commit'\n");
    process both{{"txq-worker", "--config", file, "--check"}};
    CHECK(both.wait() == 2);
    CHECK_THAT(both.output(), Catch::Matchers::Contains("[kind.one]: ") && Catch::Matchers::Contains("[kind.two]: "));

    files.write("worker.toml", "lease = 4\n[kind.one]\nexec = 'one'\n[kind.two]\nsql = 'select 1'\ntimeout = '7'\n");
    process mistakes{{"txq-worker", "--config", file, "--check"}};
    CHECK(mistakes.wait() == 2);
    CHECK_THAT(mistakes.output(), Catch::Matchers::Contains("lease: ") && Catch::Matchers::Contains("exec: ") &&
                                      Catch::Matchers::Contains("timeout: "));

    files.write("worker.toml", "[kind.A B]\nsql = 'select 1'\n");
    process unquoted{{"txq-worker", "--config", file, "--check"}};
    CHECK(unquoted.wait() == 2);
    CHECK_THAT(unquoted.output(), Catch::Matchers::Contains("a name with blanks needs quotes"));

    files.write("worker.toml", "database = 'postgresql://%'\n[kind.one]\nsql = 'select 1'\n");
    process database{{"txq-worker", "--config", file, "--check"}};
    CHECK(database.wait() == 2);
    CHECK_THAT(database.output(), Catch::Matchers::Contains("worker.toml, database: "));

    files.write("worker.toml", "[kind.one]\nsql = 'select 1'\n");
    process fine{{"txq-worker", "--config", file, "--check"}};
    CHECK(fine.wait() == 0);
    CHECK_THAT(fine.output(), Catch::Matchers::EndsWith(" is fine: 1 kind, 1 group, 1 process\n"));
}
