#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "site.hpp"

namespace txq::chaos {

/// Two servers, each of which may have a standby: `shops` with the databases of three applications, `jobs` with the
/// queue's, in which a fourth one enqueues. Each database has, beside txq's, the schema `chaos`:
///   ledger   a row per job, written in the transaction that enqueues it
///   effects  what handlers do in their transactions; no index keeps them from doing it twice
///   changes  what happens to txq.jobs, by a trigger
class cluster {
  public:
    struct needs {
        bool small_disk = false; ///< whether the queue's server lives on one that can be full
        bool standbys = false;   ///< whether each server has a standby
        bool clocks = false;     ///< whether their clocks can be stepped
    };
    explicit cluster(needs what);

    /// By number: the three of `shops`, then the queue's.
    static constexpr std::size_t databases = 4;
    static constexpr std::size_t queue = 3;
    static char const* name(std::size_t database);

    site& site_of(std::size_t database) { return database == queue ? jobs_ : shops_; }
    /// The primary.
    test::server& server_of(std::size_t database) { return site_of(database).primary(); }
    /// What has to be done now and then, and when the faults are over.
    void tend();
    void do_without_standbys();
    /// Without a host.
    static std::string key_words(std::size_t database);

    pqxx::result ask(std::size_t database, std::string const& sql);
    /// What a server of its own, with one row and one value, says.
    long long number(std::size_t database, std::string const& sql);

    /// Whether a relay is in the middle of that. False if the queue's server is down.
    bool reads_an_outbox_anew();

    /// For whoever looks into what has happened.
    void keep_logs(std::filesystem::path const& directory) const;

    /// The jobs that primaries of the past have in their ledgers and schedules. Starts them the first time.
    std::vector<std::string> const& jobs_of_the_past(std::size_t database);

  private:
    std::map<std::size_t, std::vector<std::string>> past_;
    site shops_;
    site jobs_;
};

} // namespace txq::chaos
