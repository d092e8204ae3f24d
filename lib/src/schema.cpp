#include <txq/detail/schema.hpp>

#include <algorithm>
#include <cstdio>

#include <txq/embedded_migrations.hpp>
#include <txq/error.hpp>

namespace txq {

namespace {

int newest(side which, std::span<migration const> known) {
    int number = 0;
    for (auto const& one : known)
        if (one.side == which) number = std::max(number, one.number);
    return number;
}

/// The oldest schema that this release works on. There is no release before it whose schema it would have to cope with.
int needed_by_this_release(side which) { return newest(which, embedded_migrations); }

std::string described(side which, int number) {
    return std::string{name(which)} + " migration " + std::to_string(number);
}

template <typename Migration>
Migration const* find(std::span<Migration const> all, side which, int number) {
    auto const found =
        std::ranges::find_if(all, [&](Migration const& one) { return one.side == which && one.number == number; });
    return found == all.end() ? nullptr : &*found;
}

[[noreturn]] void reject_changed(applied_migration const& one) {
    throw error{errc::migration_changed,
                described(one.side, one.number) + " (" + one.name + ") was applied on " + one.applied_at +
                    " with another text than this program has; migrations are never edited: use the program that "
                    "applied it, or add a new migration"};
}

[[noreturn]] void reject_unknown(applied_migration const& one, int newest_known) {
    throw error{errc::schema_too_new, described(one.side, one.number) + " (" + one.name +
                                          ") was applied by a newer program; this one knows none beyond " +
                                          std::to_string(newest_known)};
}

std::string missing_side(side which, std::span<applied_migration const> applied) {
    auto const run = std::string{"txq migrate --side "} + name(which);
    if (applied.empty())
        return " has no schema of txq, neither side; run: txq migrate for both, or " + run + " for what is needed here";
    auto const other = which == side::outbox ? side::queue : side::outbox;
    return std::string{" has no "} + name(which) + " schema of txq, only the " + name(other) +
           "'s: is it the database that was meant? If so, run: " + run;
}

} // namespace

char const* name(side which) noexcept { return which == side::outbox ? "outbox" : "queue"; }

std::string checksum(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a, 64 bits
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    return digits;
}

std::vector<applied_migration> read_applied(session& database, pqxx::transaction_base& tx) {
    std::vector<applied_migration> applied;
    if (!database.run(tx, sql::has_migrations)[0]["migrated"].as<bool>()) return applied;
    for (auto const& row : database.run(tx, sql::applied_migrations)) {
        applied.push_back({
            .side = row["side"].as<std::string>() == "outbox" ? side::outbox : side::queue,
            .number = row["number"].as<int>(),
            .name = row["name"].as<std::string>(),
            .checksum = row["checksum"].is_null() ? std::nullopt : std::optional{row["checksum"].as<std::string>()},
            .oldest_program = row["oldest_program"].as<int>(),
            .applied_at = row["applied_at"].as<std::string>(),
        });
    }
    return applied;
}

std::vector<applied_migration> read_applied(session& database) {
    auto const bounded = database.bound();
    pqxx::work tx{database.connection()};
    database.begin(tx);
    return read_applied(database, tx);
}

std::vector<migration_state> compare_migrations(side which, std::span<migration const> known,
                                                std::span<applied_migration const> applied) {
    std::vector<migration_state> states;
    for (auto const& one : known)
        if (one.side == which) states.push_back({&one, find(applied, which, one.number)});
    for (auto const& one : applied)
        if (one.side == which && !find(known, which, one.number)) states.push_back({nullptr, &one});
    return states;
}

bool migration_state::changed() const {
    if (!known || !applied) return false;
    return applied->name != known->name || (applied->checksum && *applied->checksum != checksum(known->text));
}

std::vector<migration> missing_migrations(side which, std::span<migration const> known,
                                          std::span<applied_migration const> applied) {
    std::vector<migration> missing;
    for (auto const& one : compare_migrations(which, known, applied)) {
        if (one.changed()) reject_changed(*one.applied);
        if (one.unknown()) reject_unknown(*one.applied, newest(which, known));
        if (one.missing()) missing.push_back(*one.known);
    }
    return missing;
}

void check_schema(side which, int needed, std::span<migration const> known, std::span<applied_migration const> applied,
                  std::string const& where) {
    int there = 0;
    for (auto const& one : applied) {
        if (one.side != which) continue;
        there = std::max(there, one.number);
        if (one.oldest_program > newest(which, known)) {
            throw error{errc::schema_too_new, where + " has " + described(which, one.number) +
                                                  ", which needs newer programs than this one; "
                                                  "install the release that applied it"};
        }
    }
    if (there == 0) throw error{errc::schema_missing, where + missing_side(which, applied)};
    if (there < needed) {
        throw error{errc::schema_too_old, where + " has " + described(which, there) +
                                              " at most, and this program needs " + std::to_string(needed) +
                                              "; run: txq migrate --side " + name(which)};
    }
}

void check_schema(session& database, side which) {
    check_schema(which, needed_by_this_release(which), embedded_migrations, read_applied(database),
                 pq::describe(database.connection()) + ", used as the " + name(which) + "'s,");
}

void check_not_outdated(session& database, side which) {
    try {
        check_schema(database, which);
    } catch (error const& unfit) {
        if (unfit.code() == errc::schema_too_new) throw;
    }
}

} // namespace txq
