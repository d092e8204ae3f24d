#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <txq/detail/exit_code.hpp>
#include <txq/detail/session.hpp>

namespace txq::cli {

/// Where a command reads from and writes to.
struct console {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool err_is_terminal = false; ///< somebody watches: what takes long says how far it is
};

/// What the options that every command has were set to.
struct common_options {
    std::string database;
    bool json = false;
};

/// The commands, their options, and what is to be done for those that were given. Commands are added to it, each by a
/// function of its own; then it runs once.
class command_line {
  public:
    /// What a command does, and what the process ends with. Failures are thrown.
    using action = std::function<int()>;

    explicit command_line(console where);

    /// A command of commands, such as `jobs`.
    CLI::App* add_group(std::string const& name, std::string const& description);
    /// A command that can be run. Below `parent`, or at the top if that is null. Has the common options; `examples` are
    /// lines for its help.
    CLI::App* add(CLI::App* parent, std::string const& name, std::string const& description,
                  std::string const& examples);
    /// What to do when the command is given, once all options have been read.
    void on(CLI::App* command, action what) {
        command->final_callback([this, what = std::move(what)] { chosen_ = what; });
    }

    console const& io() const noexcept { return io_; }
    common_options const& common() const noexcept { return common_; }
    CLI::App const& app() const noexcept { return app_; }
    /// The database as it was given, for a command that is to be copied into a shell; without a password. Empty: by the
    /// environment.
    std::string database_option() const;

    /// A session with the database that the command was given. Statements are given up after ten seconds unless told
    /// otherwise.
    session connect(std::chrono::milliseconds statement_timeout = std::chrono::seconds{10}) const;
    /// The same with another database.
    std::unique_ptr<session> connect_to(std::string const& database) const;

    /// Without the program's name. Never throws: what goes wrong is told on console::err and by the exit code.
    int run(std::vector<std::string> arguments);

  private:
    void add_common(CLI::App& command);
    std::string role() const;

    console io_;
    CLI::App app_;
    common_options common_;
    action chosen_;
    mutable connection_info last_; ///< that was connected to, for what is said of a failure
};

/// The whole of `txq`: adds all commands and runs what the arguments say.
int run(std::vector<std::string> const& arguments, console const& io);

} // namespace txq::cli
