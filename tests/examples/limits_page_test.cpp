#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

using txq::test::database;
using txq::test::process;

TEST_CASE("the program in docs limits.md sets limits") {
    database db;
    process program{{"limits_page", db.url()}};
    CHECK(program.wait() == 0);
    CHECK(db.value("select string_agg(concat_ws(' ', scope, name, nullif(each, ''), max_running, starts, period), ', ' "
                   "order by id) from txq.limits") ==
          "queue mail 5, kind call_api 50 00:01:00, kind call_api payload.host 2");
}
