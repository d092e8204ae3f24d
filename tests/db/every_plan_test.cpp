// The plans of all statements that there are, also of those that no other test explains.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/explain.hpp>
#include <support/running_worker.hpp>

#include <map>
#include <set>
#include <sstream>
#include <string>

#include <txq/detail/embedded.hpp>

using namespace txq;
using namespace txq::test;

namespace {

constexpr int some = 10'000;

/// Of each of them there may be millions of rows.
std::set<std::string> const large{"jobs",       "processed_jobs", "outbox",      "failed_attempts", "unique_keys",
                                  "limit_keys", "parked_jobs",    "limit_holds", "relay_batches"};

std::set<std::string> const small{"outbox_source", "outbox_rejected"};

/// The statements that go along all of an index, and why that is no harm.
std::map<std::string, std::string> const goes_along{
    {"list_jobs", "in its order, as far as a page of the list"},
    {"list_limits", "of the jobs that run"},
    {"rescue_orphans", "of the jobs that run"},
    {"status_queues", "no further than to 10,000"},
    {"status_relays", "of the last thousand batches of each outbox"},
};

/// BEGIN, SET and the like have no plans.
bool has_plan(statement const& what) {
    std::istringstream text{what.text};
    std::string word;
    for (std::string line; text >> word && word == "--";) std::getline(text, line);
    return std::set<std::string>{"select", "insert", "update", "delete", "with"}.contains(word);
}

std::string table_of(std::string const& relation) {
    for (auto const& one : large)
        if (relation == one || (relation.starts_with(one + "_") && !small.contains(relation))) return one;
    return "";
}

std::string large_tables_read(nlohmann::json const& plan) {
    std::istringstream tables{tables_scanned_whole(plan)};
    std::string found;
    for (std::string one; tables >> one;)
        if (!table_of(one).empty()) found += one + " ";
    return found;
}

} // namespace

TEST_CASE("no statement reads a large table from end to end") {
    database db;
    put_jobs(db, {.count = some});
    db.query("insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) select gen_random_uuid(), "
             "gen_random_uuid(), 'default', 'test', 1 from generate_series(1, " +
             std::to_string(some) + ")");
    db.query("select txq.enqueue('test', '{}') from generate_series(1, " + std::to_string(some) + ")");
    if (GENERATE(false, true)) db.query("analyze");
    explaining_session session{db};
    for (auto const* what : sql::all) {
        if (!has_plan(*what)) continue;
        INFO(what->name);
        auto const found = large_tables_read(session.plan(*what));
        if (!goes_along.contains(what->name)) CHECK(found == "");
    }
}
