#include <txq/failed_jobs.hpp>

#include <algorithm>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/detail/schema_missing.hpp>

namespace txq {

namespace {

std::string array_of(std::vector<uuid> const& ids) { return pq::array(ids, &uuid::str); }

std::vector<uuid> change(pqxx::transaction_base& tx, statement const& how, pq::params const& with) {
    std::vector<uuid> changed;
    try {
        for (auto const& row : pq::exec(tx, how, with)) changed.push_back(uuid::parse(row["id"].c_str()).value());
    } catch (pqxx::sql_error const& failed) {
        pq::explain_missing_schema(
            tx.conn(), failed, "has no jobs of txq; is it the queue's database? If so, run: txq migrate --side queue");
        pq::explain_missing_privilege(tx.conn(), failed,
                                      "let the owner of the schema txq give it the rights of an operator: txq roles "
                                      "--side queue --only operator prints how (docs/operating.md, Roles)");
        throw;
    }
    std::ranges::sort(changed);
    return changed;
}

} // namespace

std::vector<uuid> redrive_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids, std::string_view to_queue) {
    if (to_queue.size() > 128 || to_queue.find('\0') != to_queue.npos)
        throw error{errc::bad_queue, "redrive_jobs: the name of a queue has 1 to 128 bytes, none of them zero"};
    return change(tx, sql::retry_jobs, pq::params{array_of(ids), "{dead}", pq::unless_empty(std::string{to_queue})});
}

std::vector<uuid> release_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids) {
    return change(tx, sql::retry_jobs, pq::params{array_of(ids), "{held}", std::nullopt});
}

std::vector<uuid> discard_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids) {
    return change(tx, sql::discard_jobs, pq::params{array_of(ids), "{waiting,scheduled,ready,dead,held}"});
}

std::vector<uuid> purge_jobs(pqxx::transaction_base& tx, std::vector<uuid> const& ids,
                             std::chrono::seconds for_at_least) {
    if (for_at_least.count() < 0)
        throw error{errc::bad_time, "purge_jobs: for_at_least is " + std::to_string(for_at_least.count()) +
                                        " seconds; it must be zero or more"};
    auto const ago = std::chrono::milliseconds{for_at_least}.count();
    auto const since = pq::exec(tx, sql::time_ago, pq::params{ago})[0]["at"].as<std::string>();
    return change(tx, sql::purge_jobs, pq::params{array_of(ids), since});
}

} // namespace txq
