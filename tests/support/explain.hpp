#pragma once

#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include <txq/detail/session.hpp>

#include <support/database.hpp>

namespace txq::test {

/// A session as programs have it, which explains what it runs.
class explaining_session {
  public:
    explicit explaining_session(database& db) : session_{{.where = connection_info::parse(db.url())}} {}

    /// Makes the plan of the statement, with the tables as they are now, and returns it. run() uses it whatever they
    /// are like then, as a program does that has been up for long.
    nlohmann::json plan(statement const& what) {
        pqxx::nontransaction tx{session_.connection()};
        auto const name = name_of(what);
        tx.exec("prepare " + name + " as " + std::string{what.text});
        auto const nulls =
            tx.exec("select array_to_string(array_fill('null'::text, array[cardinality(parameter_types)]), ', ') "
                    "from pg_prepared_statements where name = " +
                    tx.quote(name));
        auto const made = tx.exec("explain (format json) execute " + call(name, nulls[0][0].as<std::string>()));
        planned_.insert(name);
        return plan_in(made);
    }

    /// Runs the statement for good. `arguments` as in EXECUTE.
    nlohmann::json run(statement const& what, std::string const& arguments) {
        auto const name = name_of(what);
        if (!planned_.contains(name)) plan(what);
        pqxx::nontransaction tx{session_.connection()};
        return plan_in(tx.exec("explain (analyze, buffers, format json) execute " + call(name, arguments)));
    }

  private:
    static std::string name_of(statement const& what) { return "explained_" + std::string{what.name}; }
    static nlohmann::json plan_in(pqxx::result const& explained) {
        return nlohmann::json::parse(explained[0][0].c_str())[0]["Plan"];
    }
    static std::string call(std::string const& name, std::string const& arguments) {
        return arguments.empty() ? name : name + " (" + arguments + ")";
    }

    session session_;
    std::set<std::string> planned_;
};

/// The tables that a plan reads from one end to the other.
inline std::string tables_scanned_whole(nlohmann::json const& plan) {
    std::string found;
    auto const type = plan["Node Type"].get<std::string>();
    auto const by_index = type == "Index Scan" || type == "Index Only Scan";
    auto const index = plan.value("Index Name", "");
    auto const on_small_table =
        plan.value("Relation Name", "") == "workers" || index == "kinds_paused" || index == "tenants_paused";
    if (type == "Seq Scan" || (by_index && !plan.contains("Index Cond") && !on_small_table))
        found += plan.value("Relation Name", "?") + std::string{" "};
    for (auto const& child : plan.value("Plans", nlohmann::json::array())) found += tables_scanned_whole(child);
    return found;
}

/// How many pages a plan has looked at.
inline int buffers(nlohmann::json const& plan) {
    return plan["Shared Hit Blocks"].get<int>() + plan["Shared Read Blocks"].get<int>();
}

} // namespace txq::test
