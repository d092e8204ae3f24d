#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <txq/detail/schema.hpp>
#include <txq/embedded_migrations.hpp>

namespace txq::cli {

/// How migrations are applied.
struct migrator_options {
    std::vector<txq::side> sides = {side::outbox, side::queue};
    std::span<migration const> known = embedded_migrations;
    /// A migration that cannot have a lock within this time is rolled back, so that the application's statements do not
    /// queue up behind it for longer; it is tried again later.
    std::chrono::milliseconds lock_timeout = std::chrono::seconds{2};
    /// How long to go on trying when nothing could be applied.
    std::chrono::milliseconds patience = std::chrono::minutes{1};
    /// Told about what was applied, and about what is being waited for.
    std::function<void(migration const&)> on_applied = [](migration const&) {};
    std::function<void(std::string const&)> on_waiting = [](std::string const&) {};
};

/// Applies what is missing, each migration in a transaction of its own; returns how many were. Two at once take turns.
/// Throws what missing_migrations throws, and error (bad_configuration) never: what fails in a migration is libpqxx's
/// exception, and leaves those before it applied.
int apply_missing(session& database, migrator_options const& how);

/// The same as a script for psql or another tool: each migration with its bookkeeping, in a transaction of its own.
std::string migration_script(std::span<migration const> migrations, std::chrono::milliseconds lock_timeout);

} // namespace txq::cli
