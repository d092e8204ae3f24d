#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <txq/context.hpp>
#include <txq/job.hpp>
#include <txq/outcome.hpp>

#include "child_process.hpp"

namespace txq::program {

/// A command ended otherwise than with exit status 0: a failed attempt. Its type is `exit:75` or `signal:9`; it is not
/// recoverable if the status is exit_dataerr.
class command_failed : public job_error {
  public:
    using job_error::job_error;
};

/// Exit statuses that a command may use to say what should become of its job, named after those of sysexits.h.
inline constexpr int exit_tempfail = 75;
inline constexpr int exit_dataerr = 65;

/// What a command's end means for its job: complete for exit status 0, unless it had been asked to stop, which many
/// programs obey with status 0 and their work half done. Throws command_failed for all else; the message has the end of
/// what the command wrote to standard error.
outcome outcome_of(child_end const& end, std::string const& command);

/// `inherited` without what only one job's command should see, and with what this job's should.
std::vector<std::string> environment_for(raw_job const& job, std::vector<std::string> const& inherited);

/// Runs a command for each job; a registry takes it.
class exec_handler {
  public:
    /// Throws error (bad_configuration): see command_for.
    exec_handler(std::vector<std::string> arguments, std::filesystem::path const& directory);

    outcome operator()(raw_job const& job, context& ctx) const;

  private:
    command command_;
};

} // namespace txq::program
