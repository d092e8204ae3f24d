#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <txq/cli/command_line.hpp>
#include <txq/unique.hpp>

namespace txq::cli {

/// What was given of a rule that makes jobs one.
class unique_options {
  public:
    /// Adds the options to a command. Has to live as long as that.
    void add_to(CLI::App& command);

    /// Nothing if none was given. Throws error (bad_time).
    std::optional<unique> rule() const;

  private:
    unique rule_;
    std::vector<std::string> states_;
    std::string conflict_;
    std::string within_;
    std::string at_most_;
    std::vector<CLI::Option*> needed_; ///< one of them makes it a rule
};

} // namespace txq::cli
