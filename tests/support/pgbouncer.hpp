#pragma once

#include <memory>
#include <string>

#include <support/process.hpp>
#include <support/scratch.hpp>

namespace txq::test {

/// A real PgBouncer in transaction mode in front of a database, whose few connections to it all clients share.
class pgbouncer {
  public:
    /// `url`: of the database, as database::url() has it.
    explicit pgbouncer(std::string const& url, int connections = 1);

    /// Of the same database by way of the pooler.
    std::string url() const;

    /// Ends it at once, with all connections.
    void kill();
    void start();
    void restart() {
        kill();
        start();
    }

  private:
    scratch files_;
    std::string const configuration_;
    std::unique_ptr<process> program_;
};

} // namespace txq::test
