// That each program's role may run every statement that the program has, which its sources say. A statement that is
// explained is checked for rights as when it is run, also where it stands in a function's way that no test has gone.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/markdown.hpp>
#include <support/roles.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <txq/detail/embedded.hpp>

using namespace txq::test;

namespace {

using names = std::set<std::string>;

/// The statements that sources name, below some folders or in some files of the repository.
names statements_of(std::vector<std::string> const& places) {
    static std::regex const named{R"(\bsql::([a-z_]+))"};
    names found;
    auto const look_into = [&](std::filesystem::path const& file) {
        std::ifstream stream{file};
        std::string const text{std::istreambuf_iterator<char>{stream}, {}};
        for (std::sregex_iterator one{text.begin(), text.end(), named}; one != std::sregex_iterator{}; ++one)
            found.insert((*one)[1].str());
    };
    for (auto const& place : places) {
        auto const path = std::filesystem::path{TXQ_SOURCE_DIR} / place;
        if (!std::filesystem::is_directory(path)) {
            look_into(path);
            continue;
        }
        for (auto const& entry : std::filesystem::recursive_directory_iterator{path})
            if (entry.path().extension() == ".cpp") look_into(entry.path());
    }
    return found;
}

/// Calls for which a program needs rights of its own.
std::vector<std::string> const for_applications{"outbox/src/jobs_by_key.cpp", "worker/src/limits.cpp",
                                                "worker/src/pausing.cpp", "worker/src/queues.cpp"};

/// Calls of an application that does what an operator does.
std::vector<std::string> const for_operators{"worker/src/failed_jobs.cpp"};

/// What others may do is not an operator's to say.
names const of_owner{"allow_producer", "deny_producer", "remove_producer_rules"};

names without(names all, names const& some) {
    for (auto const& one : some) all.erase(one);
    return all;
}

/// Which of them the role may not run, and why.
std::string refused(printed_roles const& roles, std::string const& role, names const& statements) {
    pqxx::connection connection{roles.url_of(role)};
    pqxx::nontransaction tx{connection};
    tx.exec("set plan_cache_mode = force_generic_plan");
    std::string all;
    for (auto const* one : txq::sql::all) {
        if (!statements.contains(one->name) ||
            std::string_view{one->text}.find("\nset transaction") != std::string::npos)
            continue;
        tx.exec("prepare checked as " + std::string{one->text});
        auto const parameters =
            tx.exec("select cardinality(parameter_types) from pg_prepared_statements where name = 'checked'")[0][0]
                .as<int>();
        std::string nulls;
        for (int n = 0; n < parameters; ++n) nulls += n == 0 ? "(null" : ", null";
        try {
            tx.exec("explain execute checked " + (nulls.empty() ? nulls : nulls + ')'));
        } catch (pqxx::sql_error const& failed) { all += one->name + std::string{": "} + failed.what(); }
        tx.exec("deallocate checked");
    }
    return all;
}

} // namespace

TEST_CASE("each role may run every statement of its program") {
    database db;
    printed_roles const roles{db};
    auto const common = statements_of({"lib/src"});
    auto const of_worker = without(statements_of({"worker/src", "worker/program", "scheduler/src/service.cpp"}),
                                   statements_of(for_applications));
    auto const of_no_worker = statements_of(for_operators);
    auto const of_operator =
        without(without(statements_of({"tools/txq/cli"}), statements_of({"tools/txq/cli/migrator.cpp"})), of_owner);

    CHECK(of_worker.size() > 30);
    for (auto const* role : printed_roles::all) CHECK(refused(roles, role, common) == "");
    CHECK(refused(roles, "producer", statements_of({"outbox/src/enqueue.cpp"})) == "");
    CHECK(refused(roles, "relay", statements_of({"relay/src"})) == "");
    CHECK(refused(roles, "worker", without(of_worker, of_no_worker)) == "");
    CHECK(refused(roles, "operator", of_no_worker) == "");
    CHECK(refused(roles, "operator", of_operator) == "");
    CHECK(refused(roles, "reader", statements_of({"tools/txq/cli/status_read.cpp", "tools/txq/cli/jobs_show.cpp"})) ==
          "");
}

TEST_CASE("a program may run what the documentation grants it besides") {
    database db;
    printed_roles const roles{db};
    auto const more = statements_of(for_applications);
    CHECK(refused(roles, "producer", more) != "");
    for (auto const& page : documentation())
        for (auto const& block : code_blocks(page, "sql"))
            if (block.text.starts_with("grant")) db.query(roles.in(block.text));
    CHECK(refused(roles, "producer", more) == "");
}
