#pragma once

#include <map>
#include <string>
#include <string_view>

namespace txq {

/// Where a database is: a libpq URI or key words, taken apart so that defaults can be added and secrets left out.
class connection_info {
  public:
    /// Throws error (bad_configuration) for a text that libpq does not understand; the text is not repeated, because
    /// it may hold a password.
    static connection_info parse(std::string const& text);

    /// As parse; without a text, $TXQ_DATABASE_URL; without that, libpq's own defaults if PGHOST, PGDATABASE or
    /// PGSERVICE is set. Throws error (no_database) that says how to name one, `option` being the program's option.
    static connection_info from_environment(std::string const& text, std::string_view option = "--database");

    /// Adds a key word that the text had not set.
    connection_info& set_default(std::string const& key, std::string const& value);
    /// Sets a key word, whatever the text had.
    connection_info& set(std::string const& key, std::string const& value);
    /// Key words as libpq and libpqxx take them, the password included.
    std::string str() const;
    /// For logs and errors: where, never how to get in.
    std::string describe() const;

  private:
    std::map<std::string, std::string> values_;
};

} // namespace txq
