#include <algorithm>
#include <cstdlib>
#include <memory>

#include <txq/cli/commands.hpp>
#include <txq/cli/status_report.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

constexpr char status_examples[] = R"(  txq status
  txq status --source postgresql://app@orders-db/shop     with the outbox of another database
  txq status --json | jq '.queues[] | {queue, ready: .ready.count}'
)";
constexpr char workers_examples[] = "  txq workers\n";

bool has_outbox(session& database) {
    auto const applied = read_applied(database);
    return std::ranges::any_of(applied, [](auto const& one) { return one.side == side::outbox; });
}

std::unique_ptr<session> connect_to_source(command_line const& line, std::string const& source) {
    if (source.empty()) return nullptr;
    auto connected = line.connect_to(source);
    check_schema(*connected, side::outbox);
    return connected;
}

/// As txq-relay has it.
std::string source_or_environment(std::string const& source) {
    auto const* const from_environment = std::getenv("TXQ_SOURCE_URL");
    return source.empty() && from_environment ? from_environment : source;
}

int status(command_line const& line, std::string const& source) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto other = connect_to_source(line, source_or_environment(source));
    auto* const outbox = other ? other.get() : has_outbox(database) ? &database : nullptr;
    auto const report = read_status(database, outbox);
    if (line.common().json)
        write_json(line.io().out, json_of(report));
    else
        show(line.io().out, report);
    return exit_code::ok;
}

int workers(command_line const& line) {
    auto database = line.connect();
    check_schema(database, side::queue);
    auto const all = read_workers(database);
    if (line.common().json)
        write_json(line.io().out, {{"workers", json_of(all)}});
    else
        show_workers(line.io().out, all);
    return exit_code::ok;
}

} // namespace

void add_status(command_line& line) {
    auto const source = std::make_shared<std::string>();
    auto* const command =
        line.add(nullptr, "status", "Show queues, relays, workers, and what needs attention", status_examples);
    command
        ->add_option("--source", *source,
                     "The database with the outbox, if it is another one\n"
                     "(TXQ_SOURCE_URL)")
        ->type_name("URL");
    line.on(command, [&line, source] { return status(line, *source); });
}

void add_workers(command_line& line) {
    line.on(line.add(nullptr, "workers", "List the workers that are registered", workers_examples),
            [&line] { return workers(line); });
}

} // namespace txq::cli
