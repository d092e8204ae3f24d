#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <support/catch.hpp>
#include <support/claim.hpp>
#include <support/database.hpp>

namespace txq::test {

/// A worker's locker, which is in the middle of a batch.
struct locked_jobs : registered {
    explicit locked_jobs(database& db, int threads = 16)
        : registered{db},
          places{{.where = connection_info::parse(db.url())}},
          threads_{threads} {}

    /// Whether all of so many may begin.
    bool begin(int jobs) {
        take_locks(jobs);
        return ask();
    }
    void take_locks(int jobs) {
        tx.emplace(on.connection());
        locked = lock(*tx, jobs);
        REQUIRE(static_cast<int>(locked.size()) == jobs);
    }
    bool ask() { return !ask_by_rows(false).empty(); }
    pqxx::result ask_by_rows(bool another) {
        return places.run(sql::admit_batch, pq::params{id, 1, threads_, pq::array(column(locked, "row")), "{}", "{}",
                                                       "{}", "{}", another});
    }
    /// The same of jobs of which only names count, so many of each tenant, both as arrays.
    pqxx::result ask_by_names(std::string const& tenants, std::string const& jobs, bool another = false) {
        std::vector<std::string> const queues(static_cast<std::size_t>(std::ranges::count(jobs, ',')) + 1, "default");
        std::vector<std::string> const kinds(queues.size(), "test");
        return places.run(sql::admit_batch, pq::params{id, 1, threads_, "{}", pq::array(queues), pq::array(kinds),
                                                       tenants, jobs, another});
    }
    using registered::complete;
    void complete() {
        complete_locked(*tx, locked);
        end({}, {});
    }
    /// The first few get leases; the others are as ready as before.
    void lease(int jobs) {
        auto ids = column(locked, "id");
        auto fences = column(locked, "fence");
        ids.resize(static_cast<std::size_t>(jobs));
        fences.resize(static_cast<std::size_t>(jobs));
        on.run(*tx, sql::lease_jobs, pq::params{id, pq::array(ids), pq::array(fences)});
        end(ids, fences);
    }
    /// Whether it holds places of any key.
    bool keep() {
        auto const rows = ask_by_names("{acme}", "{1}", true);
        return !rows.empty() && rows[0]["any_key"].as<bool>();
    }
    int claim_and_admit(int jobs) {
        auto const claimed = claim_settled(jobs);
        return static_cast<int>(on.run(sql::admit_jobs, admission_of(claimed)).size());
    }

    session places;
    std::optional<pqxx::work> tx;
    pqxx::result locked;

  private:
    void end(std::vector<std::string> const& ids, std::vector<std::string> const& fences) {
        on.run(*tx, sql::leave_batch, pq::params{id, "{1}"});
        on.run(*tx, sql::keep_places, pq::params{id, pq::array(ids), pq::array(fences), 1, 1000});
        tx->commit();
        tx.reset();
    }

    int const threads_;
};

/// What batches hold: the keys, or * for any, and how many places of each.
inline constexpr auto held =
    "select coalesce(string_agg(case when any_key then '*' else key end || ' ' || places, ', ' "
    "order by any_key, key, worker), '') from txq.limit_batches";

} // namespace txq::test
