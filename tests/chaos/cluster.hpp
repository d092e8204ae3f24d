#pragma once

#include <string>
#include <vector>

#include <pqxx/pqxx>

#include <support/server.hpp>

namespace txq::chaos {

/// Two servers: `shops` with the databases of two applications, `jobs` with the queue's, which is also that of a third
/// application. Each database has, beside txq's, the schema `chaos`:
///   ledger   a row per job, written in the transaction that enqueues it
///   effects  what handlers do in their transactions; no index keeps them from doing it twice
///   changes  what happens to txq.jobs, by a trigger
class cluster {
  public:
    cluster();

    /// By number: the two of `shops`, then the queue's.
    static constexpr std::size_t databases = 3;
    static constexpr std::size_t queue = 2;
    static char const* name(std::size_t database);

    test::server& server_of(std::size_t database) { return database == queue ? jobs_ : shops_; }
    /// Where its server's sockets are.
    std::string directory_of(std::size_t database) const;
    /// Without a host.
    static std::string key_words(std::size_t database);

    pqxx::result ask(std::size_t database, std::string const& sql);
    /// What a server of its own, with one row and one value, says.
    long long number(std::size_t database, std::string const& sql);

  private:
    test::server shops_;
    test::server jobs_;
};

} // namespace txq::chaos
