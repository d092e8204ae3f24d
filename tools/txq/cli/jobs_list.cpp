#include <memory>

#include <txq/cli/jobs.hpp>
#include <txq/cli/output.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

/// The command for the next page, to be copied into a shell.
std::string command_for_more(std::string const& command, job_filter const& filter, std::string const& after) {
    auto line = command + filter.traits.options();
    if (!filter.state.empty() && command == "txq jobs list") line += " --state " + filter.state;
    if (filter.limit != job_filter{}.limit) line += " --limit " + std::to_string(filter.limit);
    return line + " --after " + after;
}

void show_page(std::ostream& out, job_page const& page, std::string const& for_more) {
    table shown{{"ID"},
                {"QUEUE"},
                {"KIND"},
                {"TENANT"},
                {"STATE"},
                {"PRIORITY", table::right},
                {"ATTEMPTS", table::right},
                {"ERROR TYPE"},
                {"LAST ERROR"}};
    for (auto const& job : page.rows) {
        shown.add({text(job, "id"), text(job, "queue"), text(job, "kind"), text(job, "tenant"), state_of(job),
                   text(job, "priority"), text(job, "attempt") + "/" + text(job, "max_attempts"),
                   shortened(text(job, "error_type"), 40), shortened(text(job, "message"), 120)});
    }
    if (shown.empty())
        out << "no jobs\n";
    else
        out << shown;
    if (!page.next.empty()) out << "more: " << one_line(for_more) << '\n';
}

void show_page_json(std::ostream& out, job_page const& page) {
    auto all = nlohmann::json::array();
    for (auto const& job : page.rows) all.push_back(json_of_listed(job));
    write_json(out, {{"jobs", all}, {"next", text_or_null(page.next)}});
}

} // namespace

void add_list(command_line& line, CLI::App* group, char const* examples, char const* description,
              std::string const& only_state) {
    auto const filter = std::make_shared<job_filter>();
    filter->state = only_state;
    auto* const command = line.add(group, "list", description, examples);
    add_traits(*command, filter->traits);
    if (only_state.empty()) {
        add_key(*command, filter->key);
        command->add_option("--state", filter->state, "Only jobs in this state")
            ->check(
                CLI::IsMember({"waiting", "scheduled", "ready", "running", "dead", "held", "discarded", "cancelled"}))
            ->type_name("STATE");
    }
    command
        ->add_option("--after", filter->after,
                     "The next page: only jobs that come behind this one, which were enqueued before it")
        ->check(is_id())
        ->type_name("ID");
    command->add_option("--limit", filter->limit, "How many at most")
        ->check(CLI::Range(1, 10'000))
        ->type_name("NUMBER")
        ->capture_default_str();
    auto const name = "txq " + group->get_name() + " list";
    line.on(command, [&line, filter, name] {
        auto database = line.connect();
        check_schema(database, side::queue);
        auto const page = list_jobs(database, *filter);
        if (line.common().json)
            show_page_json(line.io().out, page);
        else
            show_page(line.io().out, page, command_for_more(name, *filter, page.next) + line.database_option());
        return exit_code::ok;
    });
}

void add_show(command_line& line, CLI::App* group, char const* examples, char const* description, bool only_dead) {
    auto const id = std::make_shared<std::string>();
    auto* const command = line.add(group, "show", description, examples);
    add_id(*command, *id);
    line.on(command, [&line, id, only_dead] {
        auto database = line.connect();
        check_schema(database, side::queue);
        show_job(database, line.io(), *id, line.common().json, only_dead);
        return exit_code::ok;
    });
}

} // namespace txq::cli
