#include <memory>

#include <txq/cli/jobs.hpp>
#include <txq/cli/output.hpp>
#include <txq/detail/schema.hpp>

namespace txq::cli {

namespace {

void show_page(std::ostream& out, job_page const& page) {
    table shown{{"ID"},        {"QUEUE"}, {"KIND"}, {"STATE"}, {"PRIORITY", table::right}, {"ATTEMPTS", table::right},
                {"LAST ERROR"}};
    for (auto const& job : page.rows) {
        shown.add({text(job, "id"), text(job, "queue"), text(job, "kind"), state_of(job), text(job, "priority"),
                   text(job, "attempt") + "/" + text(job, "max_attempts"), shortened(text(job, "message"), 60)});
    }
    if (shown.empty())
        out << "no jobs\n";
    else
        out << shown;
    if (!page.next.empty()) out << "more: --after " << page.next << '\n';
}

void show_page_json(std::ostream& out, job_page const& page) {
    auto all = nlohmann::json::array();
    for (auto const& job : page.rows) all.push_back(json_of_listed(job));
    write_json(out, {{"jobs", all}, {"next", page.next.empty() ? nlohmann::json{} : nlohmann::json(page.next)}});
}

} // namespace

void add_list(command_line& line, CLI::App* group, char const* examples, char const* description,
              std::string const& only_state) {
    auto const filter = std::make_shared<job_filter>();
    filter->state = only_state;
    auto* const command = line.add(group, "list", description, examples);
    add_filter(*command, filter->queue, filter->kind);
    if (only_state.empty())
        command->add_option("--state", filter->state, "Only jobs in this state")
            ->check(CLI::IsMember({"scheduled", "ready", "running", "dead", "discarded", "cancelled"}))
            ->type_name("STATE");
    command->add_option("--after", filter->after, "Only jobs that were enqueued before the one with this id")
        ->check(is_id())
        ->type_name("ID");
    command->add_option("--limit", filter->limit, "How many at most")
        ->check(CLI::Range(1, 10'000))
        ->type_name("NUMBER")
        ->capture_default_str();
    line.on(command, [&line, filter] {
        auto database = line.connect();
        check_schema(database, side::queue);
        auto const page = list_jobs(database, *filter);
        if (line.common().json)
            show_page_json(line.io().out, page);
        else
            show_page(line.io().out, page);
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
