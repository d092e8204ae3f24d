#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <tuple>

#include <nlohmann/json.hpp>

#include <txq/detail/session.hpp>

namespace txq::cli {

/// What the jobs are like that a command would change: by queue, kind and type of the last error.
class dead_summary {
  public:
    /// `ids` is a uuid[].
    void add(session& database, std::string const& ids);

    nlohmann::json json() const;
    friend std::ostream& operator<<(std::ostream& out, dead_summary const& shown);

  private:
    struct group {
        std::int64_t jobs = 0;
        std::int64_t first_died_ms = 0;
        std::int64_t last_died_ms = 0;
    };

    std::map<std::tuple<std::string, std::string, std::string>, group> groups_;
};

} // namespace txq::cli
