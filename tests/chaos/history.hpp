#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace txq::chaos {

/// Microseconds since the machine has started: by a clock that all processes share and none has a step of.
std::int64_t now_us();

/// What one process has done, a JSON object a line, appended to a file of its own as it happens. What has been written
/// outlives the process, not the machine. Any thread.
class history {
  public:
    explicit history(std::string const& path);
    ~history();
    history(history const&) = delete;
    history& operator=(history const&) = delete;

    /// With the time as "t", which is one of now_us(), as all times in it.
    void write(nlohmann::json event, std::int64_t at = now_us());

  private:
    int file_;
};

/// The events of all files of a directory that end in .jsonl, by the files' names without the ending. Lines that a
/// killed process has not finished are left out. Times are in microseconds since 1970 here, by the machine's clock as
/// it is now, which the servers have, too.
std::map<std::string, std::vector<nlohmann::json>> read_histories(std::filesystem::path const& directory);

} // namespace txq::chaos
