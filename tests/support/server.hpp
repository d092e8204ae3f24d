#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace txq::test {

/// A PostgreSQL server of the test's own, to be crashed; stopped and deleted at the end.
class server {
  public:
    /// Which server a standby follows; it has to run.
    struct standby_of {
        server const& primary;
    };

    server();
    explicit server(standby_of which);
    /// Only the place for one: see follow_command().
    struct to_come {};
    explicit server(to_come);
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// What it is started with from now on: `NAME=VALUE ...`.
    void set_environment(std::string variables) { environment_ = std::move(variables); }

    /// Where its sockets and its data are.
    std::string const& home() const noexcept { return home_; }

    /// Of a database on it.
    std::string url(std::string const& name = "postgres") const;

    /// Makes a database with both sides of the schema and returns its URL.
    std::string make_database(std::string const& name);

    /// Runs SQL, each statement on its own, in the database `postgres`.
    void execute(std::string const& sql) const;

    void start();
    /// Ends in good order.
    void stop();
    /// The program that makes a streaming standby of another server here, and starts it.
    std::vector<std::string> follow_command(server const& primary) const;
    /// Makes a standby a primary.
    void promote();
    /// Stops as if all of its processes had died: what is only in its memory is gone.
    void crash();
    /// Keeps a copy of all that it has, as it is in good order; runs again afterwards.
    void back_up();
    /// Has what it had when it was backed up, and nothing else; runs again afterwards.
    void restore();
    /// Kills the one process that all others belong to, and does not wait for what becomes of them.
    void kill();
    /// Kills another one of its processes, counted round; the main one then starts all of them anew.
    void kill_one(std::size_t number) const;
    /// Stops all of its processes where they are: connections stay, new ones are begun, and nothing answers. Returns
    /// them.
    std::vector<pid_t> freeze() const;
    void thaw() const;

  private:
    void pg(std::string const& command) const;
    void copy(std::string const& from, std::string const& to) const;
    pid_t main_process() const;
    std::vector<pid_t> processes() const;
    std::vector<pid_t> send_all(int signal) const;

    std::string home_;
    std::string environment_;
};

} // namespace txq::test
