#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace txq::chaos {

/// What many runs of txq-chaos came to together.
class totals {
  public:
    /// A run: what report.hpp makes of it, with its `seed` and `seconds`; or one that came to no end, with `failed`
    /// instead: why. Throws nlohmann::json::exception for anything else.
    void add(nlohmann::json const& run);

    /// Whether an invariant is violated, or a run came to no end.
    bool violated() const { return !bad_.empty(); }

    /// One line, for who waits.
    std::string progress() const;
    std::string text() const;
    /// Two tables, as they are in docs/reliability.md.
    std::string markdown() const;
    nlohmann::json json() const;

  private:
    struct row {
        std::string name;
        std::string what;
        long long checked = 0;
        long long violated = 0;
        std::string not_checked{};
    };
    /// What the numbers are compared with: one row of several counts.
    struct headline {
        std::string name;
        long long aim; ///< 0: none
        long long count;
    };

    row& row_of(std::string const& name);
    std::vector<headline> headlines() const;
    std::string seeds() const;
    std::string back() const;

    std::vector<std::uint64_t> seeds_;
    long long seconds_ = 0;
    long long jobs_ = 0;
    long long handler_runs_ = 0;
    std::vector<double> back_; ///< seconds from the end of the faults until everybody worked, in order
    std::map<std::string, long long> counts_;
    std::vector<row> rows_;
    std::vector<std::string> bad_; ///< what a seed violated
};

/// Of all files of a directory that end in .json.
totals sum_up(std::filesystem::path const& directory);

} // namespace txq::chaos
