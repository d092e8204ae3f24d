#pragma once

#include <string>

#include <support/process.hpp>
#include <support/scratch.hpp>

namespace txq::test {

/// A real PgBouncer in transaction mode in front of a database, with one connection to it that all clients share.
class pgbouncer {
  public:
    /// `url`: of the database, as database::url() has it.
    explicit pgbouncer(std::string const& url);

    /// Of the same database by way of the pooler.
    std::string url() const;

  private:
    scratch files_;
    process program_;
};

} // namespace txq::test
