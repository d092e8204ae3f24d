#pragma once

#include <memory>
#include <random>

#include <txq/detail/session.hpp>

#include "executor.hpp"

namespace txq {

/// Runs attempts on one thread, with that thread's connection for handlers that want a transaction.
class attempt_runner {
  public:
    explicit attempt_runner(std::shared_ptr<shared_state> state) : state_{std::move(state)} {}

    /// Never throws: whatever a handler does is an ending.
    attempt_result run(attempt& one);

  private:
    attempt_result run_plain(attempt& one);
    attempt_result run_in_transaction(attempt& one);
    attempt_result try_in_transaction(attempt& one, std::string& txid);
    attempt_result commit_in_doubt(attempt const& one, std::string const& txid);
    attempt_result failed(attempt const& one, job_failure const& why);
    attempt_result not_begun(attempt const& one, job_failure const& why);

    session& database();
    double random() { return std::uniform_real_distribution<>{0.0, 1.0}(random_); }

    std::shared_ptr<shared_state> const state_;
    std::shared_ptr<session> database_; // shared with who cancels its statements
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace txq
