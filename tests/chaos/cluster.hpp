#pragma once

#include <memory>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include <support/server.hpp>

#include "small_disk.hpp"

namespace txq::chaos {

/// Two servers: `shops` with the databases of two applications, `jobs` with the queue's, which is also that of a third
/// application. Each database has, beside txq's, the schema `chaos`:
///   ledger   a row per job, written in the transaction that enqueues it
///   effects  what handlers do in their transactions; no index keeps them from doing it twice
///   changes  what happens to txq.jobs, by a trigger
class cluster {
  public:
    /// `small`: whether the queue's server lives on a disk that can be full.
    explicit cluster(bool small = false);

    /// By number: the two of `shops`, then the queue's.
    static constexpr std::size_t databases = 3;
    static constexpr std::size_t queue = 2;
    static char const* name(std::size_t database);

    /// Null unless it was asked for.
    small_disk* disk() { return disk_.get(); }
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
    std::unique_ptr<small_disk> disk_;
    test::server jobs_;
};

} // namespace txq::chaos
