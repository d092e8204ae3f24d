#include <txq/cli/command_line.hpp>

#include <algorithm>
#include <ostream>

#include <txq/cli/failure.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/table.hpp>
#include <txq/detail/secrets.hpp>
#include <txq/detail/usage.hpp>

namespace txq::cli {

namespace {

constexpr char description[] = "Looks after the jobs of txq, a transactional job queue on PostgreSQL.";

constexpr char footer[] = R"(
Which database: --database postgresql://user@host/name, or key=value pairs, or TXQ_DATABASE_URL, or PG* variables.

Exit status:
  0  done
  1  failed
  2  wrong usage: an option or an argument cannot be meant
  3  the database's schema is missing, incomplete, too new, or not what this program knows
  4  no database was named, or it cannot be reached
  5  no such job, or it is in a state that does not allow what was asked for
)";

/// `txq help jobs list` and `txq jobs help` are what others say for `txq jobs list --help`.
std::vector<std::string> with_help_as_option(CLI::App const& app, std::vector<std::string> arguments) {
    auto const is_group = [&](std::string const& name) {
        auto const is_meant = [&](CLI::App const* one) { return one->get_name() == name; };
        auto const found = app.get_subcommands(is_meant);
        return !found.empty() && !found.front()->get_subcommands([](CLI::App const*) { return true; }).empty();
    };
    auto const asked = !arguments.empty() && arguments[0] == "help"                                ? std::size_t{0}
                       : arguments.size() == 2 && arguments[1] == "help" && is_group(arguments[0]) ? std::size_t{1}
                                                                                                   : arguments.size();
    if (asked == arguments.size()) return arguments;
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(asked));
    arguments.emplace_back("--help");
    return arguments;
}

} // namespace

command_line::command_line(console where) : io_{where}, app_{description, "txq"} {
    app_.set_version_flag("--version", "txq " TXQ_VERSION);
    app_.footer(footer);
    app_.require_subcommand(1);
    add_common(app_);
}

void command_line::add_common(CLI::App& command) {
    command.add_option("--database", common_.database, "The database, as a URL or key=value pairs")->type_name("URL");
    command.add_flag("--json", common_.json, "Write JSON, for programs");
}

CLI::App* command_line::add_group(std::string const& name, std::string const& what) {
    auto* const group = app_.add_subcommand(name, what);
    group->require_subcommand(1);
    group->footer("");
    return group;
}

CLI::App* command_line::add(CLI::App* parent, std::string const& name, std::string const& what,
                            std::string const& examples) {
    auto* const command = (parent ? parent : &app_)->add_subcommand(name, what);
    command->require_subcommand(0);
    command->footer("\nExamples:\n" + examples);
    add_common(*command);
    return command;
}

std::string command_line::database_option() const {
    return shell_option("--database", without_passwords(common_.database));
}

session command_line::connect(std::chrono::milliseconds statement_timeout) const {
    last_ = connection_info::from_environment(common_.database);
    return session{{.where = last_, .name = "txq", .statement_timeout = statement_timeout, .pooled = true}};
}

std::unique_ptr<session> command_line::connect_to(std::string const& database) const {
    last_ = connection_info::parse(database);
    return std::make_unique<session>(
        session::options{.where = last_, .name = "txq", .statement_timeout = std::chrono::seconds{10}, .pooled = true});
}

/// Asked of the server, because libpq has many ways to come to a role.
std::string command_line::role() const {
    try {
        return pq::describe(session{{.where = last_, .name = "txq", .pooled = true}}.connection());
    } catch (std::exception const&) { return {}; }
}

int command_line::run(std::vector<std::string> arguments) {
    arguments = with_help_as_option(app_, std::move(arguments));
    std::ranges::reverse(arguments); // which is how CLI11 wants them
    try {
        app_.parse(std::move(arguments));
        auto const status = chosen_();
        io_.out.flush();
        return io_.out ? status : exit_code::failed;
    } catch (CLI::Success const& asked_for_help) {
        return app_.exit(asked_for_help, io_.out, io_.err);
    } catch (CLI::ParseError const& wrong) {
        io_.err << harmless(usage::explain(app_, wrong));
        return exit_code::usage;
    } catch (std::exception const& failed) {
        auto const failure = explain(failed, pq::sqlstate(failed) == missing_privilege ? role() : "");
        io_.err << "txq: " << harmless(without_passwords(failure.message)) << '\n';
        return failure.exit_code;
    }
}

} // namespace txq::cli
