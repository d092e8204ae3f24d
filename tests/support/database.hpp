#pragma once

#include <memory>
#include <string>

#include <pqxx/pqxx>

namespace txq::test {

/// A database of the test's own, cloned from a migrated template and dropped at the end: notifications, locks and
/// tables are nobody else's, so tests run side by side.
///
/// The server is $TXQ_TEST_SERVER, a URL, or else the one of tools/dev/pg, which is started if need be.
class database {
  public:
    enum class schema { both, outbox, queue, none };

    explicit database(schema which = schema::both);
    ~database();
    database(database const&) = delete;
    database& operator=(database const&) = delete;

    std::string const& name() const noexcept { return name_; }
    /// Key words for libpqxx and for --database.
    std::string url() const;

    /// Runs SQL on a connection of its own that lives as long as this.
    pqxx::result query(std::string const& sql);
    /// The only value of the only row.
    std::string value(std::string const& sql);
    long long number(std::string const& sql) { return std::stoll(value(sql)); }

    /// Asks until the answer is `expected`; fails after a minute with the last answer. For what other threads and
    /// processes do.
    void wait_until(std::string const& sql, std::string const& expected);

  private:
    std::string name_;
    std::unique_ptr<pqxx::connection> connection_;
};

} // namespace txq::test
