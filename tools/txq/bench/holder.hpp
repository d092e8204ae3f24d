#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench.hpp"

namespace txq::bench {

/// The ways to keep the server from removing dead rows.
inline constexpr char const* holders[] = {"idle-snapshot", "idle-writer", "prepared", "slot", "readers", "dump"};

/// Holds the horizon of what can be removed, until it is destroyed.
class holder {
  public:
    /// Throws pqxx::sql_error where the server is not set up for this kind.
    holder(bench& with, std::string const& kind);
    ~holder();
    holder(holder const&) = delete;
    holder& operator=(holder const&) = delete;

  private:
    void hold(char const* script);
    void read_now_and_then(std::stop_token const& stop, std::chrono::seconds after);

    bench& with_;
    std::string const kind_;
    std::vector<std::unique_ptr<session>> sessions_;
    std::vector<std::jthread> readers_;
};

} // namespace txq::bench
