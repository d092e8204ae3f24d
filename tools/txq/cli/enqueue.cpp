#include <istream>
#include <iterator>
#include <memory>
#include <ostream>

#include <txq/cli/commands.hpp>
#include <txq/cli/given_name.hpp>
#include <txq/cli/given_time.hpp>
#include <txq/cli/headers.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/unique_options.hpp>
#include <txq/detail/schema.hpp>
#include <txq/enqueue.hpp>

namespace txq::cli {

namespace {

constexpr char examples[] = R"(  txq enqueue send_receipt '{"order": 42}' --queue mail
  txq enqueue nightly_report --run-at 'tomorrow 02:00 Europe/Berlin' --max-attempts 3
  txq enqueue broadcast_cart '{"cart": 7}' --delay 500ms --unique-field cart --on-conflict postpone --at-most 2s
  txq enqueue import - --operation-id 'import 2026-01-31' <orders.json
)";

struct arguments {
    std::string kind;
    std::string payload = "{}";
    std::string delay;
    std::string run_at;
    std::vector<std::string> headers;
    std::optional<std::string> operation_id;
    std::shared_ptr<unique_options> unique = std::make_shared<unique_options>();
    enqueue_options options;
};

std::string payload_of(command_line const& line, arguments const& given) {
    if (given.payload != "-") return given.payload;
    return std::string{std::istreambuf_iterator<char>{line.io().in}, {}};
}

/// The library's complaint about a payload's size names its own option; here it has another name.
uuid enqueue_naming_options(pqxx::transaction_base& tx, arguments const& given, std::string const& payload) {
    try {
        return txq::enqueue(tx, given.kind, payload, given.options);
    } catch (error const& refused) {
        std::string message = refused.what();
        constexpr std::string_view of_library = "(payload_limit)";
        if (auto const at = message.find(of_library); at != message.npos)
            message.replace(at, of_library.size(), "(--payload-limit)");
        throw error{refused.code(), message};
    }
}

/// What the server warns of, such as a queue that is over its maximum depth.
void warn(std::ostream& to, std::string_view notice) {
    constexpr std::string_view severity = "WARNING:  ";
    if (!notice.starts_with(severity)) return;
    notice.remove_prefix(severity.size());
    to << "txq: warning: " << one_line(std::string{notice.substr(0, notice.find('\n'))}) << '\n';
}

int enqueue(command_line const& line, arguments given) {
    if (given.operation_id && given.operation_id->empty())
        throw error{errc::bad_operation_id, "--operation-id is empty; it must have 1 to 512 bytes"};
    given.options.operation_id = given.operation_id.value_or("");
    given.options.headers = headers_of(given.headers);
    given.options.unique = given.unique->rule();
    if (!given.delay.empty()) given.options.delay = duration_given("--delay", given.delay);
    auto const payload = payload_of(line, given);
    auto database = line.connect();
    check_schema(database, side::outbox);
    if (!given.run_at.empty()) given.options.run_at = time_given(database, "--run-at", given.run_at);
    pq::notice_listener const warnings{database.connection(),
                                       [&](std::string_view notice) { warn(line.io().err, notice); }};
    pqxx::work tx{database.connection()};
    database.begin(tx);
    auto const id = enqueue_naming_options(tx, given, payload).str();
    tx.commit();
    if (line.common().json)
        write_json(line.io().out, {{"id", id}});
    else
        line.io().out << id << '\n';
    return exit_code::ok;
}

} // namespace

void add_enqueue(command_line& line) {
    auto const given = std::make_shared<arguments>();
    auto* const command = line.add(nullptr, "enqueue", "Enqueue a job and print its id", examples);
    auto& options = given->options;
    command->add_option("KIND", given->kind, "What the job is")->type_name("")->required();
    command->add_option("PAYLOAD", given->payload, "Its arguments as JSON; - reads them from standard input")
        ->type_name("")
        ->capture_default_str();
    command->add_option("--queue", options.queue, "Which workers may take it")
        ->type_name("QUEUE")
        ->capture_default_str();
    command->add_option("--priority", options.priority, "0, the most urgent, to 3")
        ->type_name("NUMBER")
        ->capture_default_str();
    auto* const delay =
        command->add_option("--delay", given->delay, "Not before this long from now: 20ms, 30s, 5min, 1h30min, 7d")
            ->check(not_empty())
            ->type_name("DURATION");
    command->add_option("--run-at", given->run_at, "Not before this point in time; UTC unless it names a zone")
        ->check(not_empty())
        ->type_name("TIME")
        ->excludes(delay);
    command->add_option("--max-attempts", options.max_attempts, "Attempts before the job is dead")
        ->type_name("NUMBER")
        ->capture_default_str();
    command
        ->add_option("--operation-id", given->operation_id,
                     "A uuid, or a name that is unique within the kind: a second run of the same operation is harmless")
        ->type_name("ID");
    command->add_option("--tenant", options.tenant, "Whose job it is")->check(name_of("tenant"))->type_name("TENANT");
    given->unique->add_to(*command);
    auto* const order_key = command
                                ->add_option("--order-key", options.order_key,
                                             "Jobs of a queue with the same one are run one after the other")
                                ->check(name_of("key"))
                                ->type_name("KEY");
    command
        ->add_flag("!--order-goes-on", options.order_holds,
                   "Those behind it go on when it is dead or held; else they wait for a decision")
        ->needs(order_key);
    command->add_option("--header", given->headers, "A header for the handler, such as traceparent; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command
        ->add_option("--payload-limit", options.payload_limit, "The most bytes that the payload may have, up to 32MiB")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(std::size_t{0}, std::size_t{32} << 20))
        ->type_name("SIZE")
        ->capture_default_str();
    line.on(command, [&line, given] { return enqueue(line, *given); });
}

} // namespace txq::cli
