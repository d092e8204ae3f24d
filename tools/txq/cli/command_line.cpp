#include <txq/cli/command_line.hpp>

#include <algorithm>
#include <ostream>

#include <txq/cli/failure.hpp>

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

/// The command that was given, as far as it could be understood.
CLI::App const& given_command(CLI::App const& app) {
    auto const given = app.get_subcommands();
    return given.empty() ? app : given_command(*given.front());
}

std::string full_name(CLI::App const& command) {
    auto const* const parent = command.get_parent();
    return (parent ? full_name(*parent) + ' ' : "") + command.get_name();
}

std::string wrong_usage(CLI::App const& app, CLI::ParseError const& wrong) {
    auto const& command = given_command(app);
    auto const name = full_name(command);
    auto const surplus = command.remaining();
    auto const unknown_command = wrong.get_name() == "RequiredError" && !surplus.empty();
    return (unknown_command ? "there is no command '" + name + ' ' + surplus.front() + '\''
                            : std::string{wrong.what()}) +
           "\nsee: " + name + " --help";
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

session command_line::connect(std::chrono::milliseconds statement_timeout) const {
    return session{{.where = connection_info::from_environment(common_.database),
                    .name = "txq",
                    .statement_timeout = statement_timeout,
                    .pooled = true}};
}

std::unique_ptr<session> command_line::connect_to(std::string const& database) const {
    return std::make_unique<session>(session::options{.where = connection_info::parse(database),
                                                      .name = "txq",
                                                      .statement_timeout = std::chrono::seconds{10},
                                                      .pooled = true});
}

int command_line::run(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments); // which is how CLI11 wants them
    try {
        app_.parse(std::move(arguments));
        auto const status = chosen_();
        io_.out.flush();
        return io_.out ? status : exit_code::failed;
    } catch (CLI::Success const& asked_for_help) {
        return app_.exit(asked_for_help, io_.out, io_.err);
    } catch (CLI::ParseError const& wrong) {
        io_.err << "txq: " << wrong_usage(app_, wrong) << '\n';
        return exit_code::usage;
    } catch (std::exception const& failed) {
        auto const failure = explain(failed);
        io_.err << "txq: " << failure.message << '\n';
        return failure.exit_code;
    }
}

} // namespace txq::cli
