// Who may do what with each object of the schema, with the roles of `txq roles`, compared with tests/db/rights.txt: an
// object that is added is a line there, and somebody has to think of its rights. After a change that is meant,
// TXQ_UPDATE_SNAPSHOT=1 writes the file anew.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/roles.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace txq::test;

namespace {

/// Every object of the schema with its owner and its access list, PostgreSQL's defaults included. Types of rows and
/// arrays are their tables' and elements'.
constexpr auto objects = R"(
with object (kind, name, owner, acl, oid) as (
  select 'schema', nspname::text, nspowner, coalesce(nspacl, acldefault('n', nspowner)), oid
  from pg_namespace where nspname = 'txq'
  union all
  select case relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'view' else 'table' end, relname, relowner,
         coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner)), oid
  from pg_class where relnamespace = 'txq'::regnamespace and relkind not in ('i', 'I', 't', 'c')
  union all
  select 'table', relname || '(' || attname || ')', relowner, attacl, c.oid
  from pg_class as c join pg_attribute on attrelid = c.oid
  where relnamespace = 'txq'::regnamespace and attacl is not null
  union all
  select case prokind when 'p' then 'procedure' else 'function' end, proname || '(' || pg_get_function_identity_arguments(oid) || ')',
         proowner, coalesce(proacl, acldefault('f', proowner)), oid
  from pg_proc where pronamespace = 'txq'::regnamespace
  union all
  select 'type', typname, typowner, coalesce(typacl, acldefault('T', typowner)), oid
  from pg_type as t
  where typnamespace = 'txq'::regnamespace and typcategory <> 'A' and typtype <> 'm'
    and (typrelid = 0 or (select relkind from pg_class where oid = typrelid) = 'c')
), allowed as (
  select object.*, lower(one.privilege_type) as privilege, one.grantee, one.is_grantable
  from object left join aclexplode(acl) as one on one.grantee <> owner
))";

std::string content(std::string const& file) {
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

std::string ask(database& db, std::string const& question) { return db.value(objects + question); }

} // namespace

TEST_CASE("each role has the rights that were written down and no others") {
    database db;
    printed_roles const roles{db};
    auto const file = std::string{TXQ_SOURCE_DIR "/tests/db/rights.txt"};
    auto const now = ask(db, R"(
        , told as (
          select kind, name, coalesce(replace(grantee::regrole::text, current_database() || '_', ''), 'nobody') as role,
                 string_agg(privilege, ' ' order by privilege) as privileges
          from allowed group by 1, 2, 3
        ), line as (
          select kind, name, kind || ' ' || name || E'\n'
            || string_agg('  ' || role || coalesce(' ' || privileges, ''), E'\n' order by role) as text
          from told where name !~ '_\d{8}$' group by kind, name
        )
        select string_agg(text, E'\n' order by kind, name collate "C") || E'\n' from line)");
    if (std::getenv("TXQ_UPDATE_SNAPSHOT")) std::ofstream{file} << now;
    CHECK(now == content(file));
}

TEST_CASE("nothing is everybody's and nobody can pass a right on") {
    database db;
    printed_roles const roles{db};
    CHECK(ask(db, "select string_agg(kind || ' ' || name, ', ') from allowed where grantee = 0") == "");
    CHECK(ask(db, "select string_agg(kind || ' ' || name, ', ') from allowed where is_grantable") == "");
    CHECK(ask(db, "select count(distinct owner) from object") == "1");
}

TEST_CASE("functions look for names in one place whatever the caller's search_path is") {
    database db;
    constexpr auto of_schema = " from pg_proc as p join pg_language as l on l.oid = prolang "
                               "where pronamespace = 'txq'::regnamespace ";
    // but those whose names were looked up when they were made
    CHECK(db.value(std::string{"select string_agg(proname, ', ')"} + of_schema +
                   "and coalesce(array_to_string(proconfig, ' '), '') !~ 'search_path=pg_catalog, pg_temp( |$)' "
                   "and (prosecdef or prosqlbody is null)") == "");
    CHECK(db.number(std::string{"select count(*)"} + of_schema + "and prosecdef") > 10);
    CHECK(db.value(std::string{"select string_agg(proname, ', ')"} + of_schema +
                   "and lanname not in ('sql', 'plpgsql')") == "");
}

TEST_CASE("what is printed can be run again and takes nothing away") {
    database db;
    printed_roles const roles{db};
    db.query("grant execute on function txq.set_limit to " + roles.own("producer"));
    printed_roles const again{db};
    CHECK(db.value("select has_function_privilege('" + roles.own("producer") +
                   "', 'txq.set_limit'::regproc, 'execute')") == "t");
}

TEST_CASE("a database with one side of the schema gets the roles of that side") {
    database outbox{database::schema::outbox};
    database queue{database::schema::queue};
    printed_roles const enqueueing{outbox, {"--side", "outbox"}};
    printed_roles const running{queue, {"--side", "queue"}};
    CHECK(outbox.value("select to_regrole('" + enqueueing.own("worker") + "')") == "");
    CHECK(queue.value("select to_regrole('" + running.own("producer") + "')") == "");
    CHECK(outbox.value("select has_function_privilege('" + enqueueing.own("producer") +
                       "', 'txq.uuid_v7()', 'execute')") == "t");
}
