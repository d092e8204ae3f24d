#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include <txq/detail/migration.hpp>
#include <txq/detail/session.hpp>

namespace txq::relay {

/// A statement that failed on one of the two databases, or a connection to it.
class failure : public std::runtime_error {
  public:
    failure(std::string database, fault kind, std::string sqlstate, std::string const& message)
        : std::runtime_error{message},
          database_{std::move(database)},
          kind_{kind},
          sqlstate_{std::move(sqlstate)} {}

    /// Which one: `outbox at host=... dbname=...`.
    std::string const& database() const noexcept { return database_; }
    fault kind() const noexcept { return kind_; }
    /// Whether a row's contents, not the database's state, are what it does not like.
    bool refuses_data() const noexcept;
    /// The server fails in a way that is not foreseen, or has no memory: at what it has been asked for, or altogether.
    bool is_internal() const noexcept { return sqlstate_.starts_with("XX") || sqlstate_ == "53200"; }
    /// Only a person can help.
    bool lacks_privilege() const noexcept { return sqlstate_ == "42501"; }
    bool violates_unique() const noexcept { return sqlstate_ == "23505"; }

  private:
    std::string database_;
    fault kind_;
    std::string sqlstate_;
};

/// Which database it is, whatever its name: see database_identity.
struct identity {
    std::string database;
    std::int64_t timeline = 0;

    friend bool operator==(identity const&, identity const&) = default;
};

/// A connection to one of the two databases. Lost once, lost for good. Throws nothing but failure, and error where the
/// schema does not go with this program.
class link {
  public:
    /// Connects to a server that can be written to and has this side of the schema.
    link(side which, connection_info const& where, bool pooled);

    /// Throws error (schema_too_new) if a migration has left this program behind.
    void check_not_outdated();

    pqxx::result run(statement const& what, pq::params const& with = {});

    using runner = std::function<pqxx::result(statement const& what, pq::params const& with)>;
    /// What `steps` runs with the runner that it is given is one transaction, which is committed unless it throws.
    void together(std::function<void(runner const& run)> const& steps);

    identity const& is() const noexcept { return identity_; }

  private:
    template <typename Action>
    auto guarded(Action action);

    side which_;
    std::string name_;
    std::optional<session> session_;
    identity identity_;
};

} // namespace txq::relay
