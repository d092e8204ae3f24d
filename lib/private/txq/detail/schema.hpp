#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <txq/detail/migration.hpp>
#include <txq/detail/session.hpp>

namespace txq {

/// A row of txq.migrations.
struct applied_migration {
    txq::side side;
    int number;
    std::string name;
    std::optional<std::string> checksum;
    int oldest_program;
    std::string applied_at;
};

char const* name(side which) noexcept;

/// Of a migration's text: notices a file that was edited after it had been applied. Not meant against malice.
std::string checksum(std::string_view text);

/// What a database has, in order; nothing where there is no txq schema.
std::vector<applied_migration> read_applied(session& database);
std::vector<applied_migration> read_applied(session& database, pqxx::transaction_base& tx);

/// A migration as this program has it, as the database has it, or both. Points into what was compared.
struct migration_state {
    migration const* known = nullptr;
    applied_migration const* applied = nullptr;

    bool missing() const noexcept { return !applied; }
    bool unknown() const noexcept { return !known; }
    /// Applied with another name or text. Without a checksum the text is taken to be the same.
    bool changed() const;
};

/// All migrations of a side: those known, in order, then those unknown.
std::vector<migration_state> compare_migrations(side which, std::span<migration const> known,
                                                std::span<applied_migration const> applied);

/// The migrations of a side that are missing, in order. Throws error (migration_changed) if an applied one is not what
/// this program has under its number, and error (schema_too_new) if there are applied ones that it does not know.
std::vector<migration> missing_migrations(side which, std::span<migration const> known,
                                          std::span<applied_migration const> applied);

/// Throws error (schema_missing, schema_too_old, schema_too_new) unless this program can work with what is applied:
/// at least `needed` is there, and nothing that asks for a newer program than the newest of `known`. `where` is how the
/// message begins: the database, and what it is used as.
void check_schema(side which, int needed, std::span<migration const> known, std::span<applied_migration const> applied,
                  std::string const& where = "this database");

/// The same for a database, with what this program knows and needs.
void check_schema(session& database, side which);

/// How often programs look whether a migration has left them behind while they run.
inline constexpr std::chrono::seconds between_schema_looks{10};
/// Throws error (schema_too_new) if one has. A database that has no schema any more, or an older one, is not the right
/// one at the moment, which statements notice.
void check_not_outdated(session& database, side which);

} // namespace txq
