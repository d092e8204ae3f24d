#include <memory>

#include <txq/cli/commands.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/cli/jobs_change.hpp>

namespace txq::cli {

namespace {

constexpr char list_examples[] = R"(  txq jobs list                                 the 50 that were enqueued last
  txq jobs list --queue mail --state ready
  txq jobs list --kind send_receipt --limit 200 --after 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
)";
constexpr char show_examples[] = "  txq jobs show 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b\n";
constexpr char retry_examples[] = R"(  txq jobs retry 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b
  txq jobs list --state scheduled --json | jq -r '.jobs[].id' | xargs txq jobs retry
)";
constexpr char cancel_examples[] = "  txq jobs cancel 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b\n";
constexpr char discard_examples[] = "  txq jobs discard 01976f2e-8a3c-7d5e-9b1f-2c4d6e8f0a1b\n";

void add_change(command_line& line, CLI::App* group, char const* name, char const* description, char const* examples,
                job_change const& how) {
    auto const ids = std::make_shared<std::vector<std::string>>();
    auto* const command = line.add(group, name, description, examples);
    add_ids(*command, *ids)->required();
    line.on(command, [&line, ids, &how] { return change_jobs(line, *ids, how); });
}

} // namespace

void add_jobs(command_line& line) {
    auto* const group = line.add_group("jobs", "List and change jobs");
    add_list(line, group, list_examples, "List jobs that have not been completed, the newest first", "");
    add_show(line, group, show_examples, "Show all there is to know about a job", false);
    add_change(line, group, "retry",
               "Make jobs ready now that wait for their time or have ended without success (these get all of their "
               "attempts again)",
               retry_examples, retry_change);
    add_change(line, group, "cancel",
               "End jobs that have not begun, and ask the workers of those that run to stop them", cancel_examples,
               cancel_change);
    add_change(line, group, "discard", "End jobs without success that wait, or are dead", discard_examples,
               discard_change);
}

} // namespace txq::cli
