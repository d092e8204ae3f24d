// What the migrations come to, compared with tests/db/schema.txt, so that a change of the schema is seen as such. After
// a change that is meant, TXQ_UPDATE_SNAPSHOT=1 writes the file anew.

#include <support/catch.hpp>
#include <support/database.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

using txq::test::database;

namespace {

/// Tables with columns, constraints, indexes and settings, sequences, types, and functions with their rights.
constexpr auto description = R"(
with object (name, kind, place, line) as (
  select relname, 1, 0, case relkind when 'S' then 'sequence ' else 'table ' end || relname
         || coalesce(' partition of ' || (select inhparent::regclass::text from pg_inherits where inhrelid = c.oid), '')
         || coalesce(' ' || pg_get_expr(relpartbound, c.oid), '') || coalesce(' by ' || pg_get_partkeydef(c.oid), '')
         || coalesce(' with ' || array_to_string(reloptions, ', '), '')
  from pg_class as c where relnamespace = 'txq'::regnamespace and relkind in ('r', 'p', 'S')
  union all
  select relname, 1, attnum, '  ' || attname || ' ' || format_type(atttypid, atttypmod)
         || case when attnotnull then ' not null' else '' end
         || case when attidentity <> '' then ' identity' else '' end
         || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
  from pg_class as c join pg_attribute as a on attrelid = c.oid left join pg_attrdef on adrelid = c.oid and adnum = attnum
  where relnamespace = 'txq'::regnamespace and relkind in ('r', 'p') and not relispartition and attnum > 0 and not attisdropped
  union all
  select relname, 1, 1000, '  ' || pg_get_constraintdef(k.oid) || ' as ' || conname
  from pg_class as c join pg_constraint as k on conrelid = c.oid
  where relnamespace = 'txq'::regnamespace and not relispartition and contype <> 'n'
  union all
  select c.relname, 1, 2000, '  ' || pg_get_indexdef(i.oid)
  from pg_class as c join pg_index as x on indrelid = c.oid join pg_class as i on i.oid = indexrelid
  where c.relnamespace = 'txq'::regnamespace and not i.relispartition
  union all
  select typname, 2, 0, 'type ' || typname || ' as enum (' || (select string_agg(enumlabel, ', ' order by enumsortorder)
                                                                from pg_enum where enumtypid = t.oid) || ')'
  from pg_type as t where typnamespace = 'txq'::regnamespace and typtype = 'e'
  union all
  select typname, 2, 0, 'domain ' || typname || ' as ' || format_type(typbasetype, typtypmod) || ' '
         || pg_get_constraintdef(k.oid) || ' as ' || conname
  from pg_type as t join pg_constraint as k on contypid = t.oid where typnamespace = 'txq'::regnamespace
  union all
  select proname, 3, 0, 'function ' || proname || '(' || pg_get_function_arguments(p.oid) || ') returns '
         || pg_get_function_result(p.oid) || ' language ' || lanname || ' '
         || case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end
         || case when prosecdef then ' security definer' else '' end
         || coalesce(' set ' || array_to_string(proconfig, ', '), '')
         || case when has_function_privilege('public', p.oid, 'execute') then ' for everybody' else '' end
  from pg_proc as p join pg_language as l on l.oid = prolang where pronamespace = 'txq'::regnamespace
)
select string_agg(line, E'\n' order by kind, name collate "C", place, line collate "C") || E'\n' from object
where name !~ '_\d{8}$')";

std::string content(std::string const& file) {
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace

TEST_CASE("the migrations come to the schema that was written down") {
    database db;
    auto const file = std::string{TXQ_SOURCE_DIR "/tests/db/schema.txt"};
    db.query("set timezone = 'UTC'");
    auto const now = db.value(description);
    if (std::getenv("TXQ_UPDATE_SNAPSHOT")) std::ofstream{file} << now;
    CHECK(now == content(file));
}

TEST_CASE("large payloads are compressed with lz4 where the server has it") {
    database db;
    auto const has_lz4 = db.number("select count(*) from pg_settings where name = 'default_toast_compression' and "
                                   "'lz4' = any (enumvals)") == 1;
    auto const tables = db.number("select count(*) from pg_attribute join pg_class as c on attrelid = c.oid where "
                                  "relnamespace = 'txq'::regnamespace and relname ~ '^(jobs|outbox(_[012])?)$' and "
                                  "attname = 'payload' and to_jsonb(pg_attribute)->>'attcompression' = 'l'");
    CHECK(tables == (has_lz4 ? 5 : 0));
}
