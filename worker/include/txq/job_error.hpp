#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace txq {

/// How bad an error is, for the people who look through them. It decides nothing.
enum class severity { info, warning, error, critical };

char const* name(severity how_bad) noexcept;

/// What can be said of an error beside its message. What is left out is found out from what was thrown.
struct error_facts {
    /// What policies and people look for: 512 bytes at most. Empty: the name of the exception's class.
    std::string type{};
    txq::severity severity = txq::severity::error;
    /// Whether another attempt might do better. If not, and no rule of the kind's policy is about this error, the job
    /// is dead at once.
    bool recoverable = true;
    /// Which part or which other side it came from, such as "smtp.example.org": 256 bytes at most. Empty: "handler".
    std::string source{};
    /// A JSON object, kept with the attempt: 16 KiB at most, and 32 levels; what has more is replaced by a note.
    nlohmann::json details{};
};

/// What a handler may throw to say more than a message. Classes may derive from it.
///
///     throw txq::job_error{"the mailbox is full", {.type = "smtp:452", .source = "smtp.example.org",
///                                                  .details = {{"mailbox", address}}}};
class job_error : public std::runtime_error {
  public:
    explicit job_error(std::string const& message, error_facts facts = {})
        : std::runtime_error{message},
          facts_{std::make_shared<error_facts const>(std::move(facts))} {}

    error_facts const& facts() const noexcept { return *facts_; }

  private:
    std::shared_ptr<error_facts const> facts_; // shared, so that copying does not throw
};

/// Thrown by a handler: no further attempt would do better. The same as a job_error that is not recoverable.
class permanent_error : public job_error {
  public:
    explicit permanent_error(std::string const& message, error_facts facts = {})
        : job_error{message, unrecoverable(std::move(facts))} {}

  private:
    static error_facts unrecoverable(error_facts facts) {
        facts.recoverable = false;
        return facts;
    }
};

/// Why an attempt did not complete, as it is kept in txq.failed_attempts and given to policies and hooks.
///
/// The type of an exception is the name of its class, unless it is a job_error that has one; of what PostgreSQL has
/// refused `sqlstate:23505`; of a command `exit:75` or `signal:9`; of something thrown that is no std::exception
/// `unknown`. txq's own words are timeout, retry_after, discarded, cancelled, connection_lost, worker_died,
/// worker_left.
struct job_failure {
    struct cause {
        std::string type;
        std::string message;
    };

    std::string type{};
    /// 8 KiB at most.
    std::string message{};
    txq::severity severity = txq::severity::error;
    bool recoverable = true;
    /// "handler", "command", "database", "txq", or what a job_error says.
    std::string source = "handler";
    /// A JSON object, or null.
    nlohmann::json details{};
    /// What was nested in it (std::throw_with_nested), from the outside in: 8 at most. Kept among the details.
    std::vector<cause> causes{};
};

} // namespace txq
