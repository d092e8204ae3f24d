#pragma once

#include <string>

#include <pqxx/pqxx>

#include <support/eventually.hpp>

namespace txq::test {

/// Asks a database of a server of the test's own.
class questions {
  public:
    explicit questions(std::string const& url) : connection_{url} {}

    /// The first value of the first row; empty: there is none, or it is null.
    std::string value(std::string const& sql) {
        pqxx::nontransaction tx{connection_};
        auto const rows = tx.exec(sql);
        return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
    }
    bool becomes(std::string const& sql, std::string const& expected,
                 std::chrono::seconds time = std::chrono::seconds{60}) {
        return eventually([&] { return value(sql) == expected; }, time);
    }

  private:
    pqxx::connection connection_;
};

} // namespace txq::test
