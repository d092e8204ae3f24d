#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/detail/session.hpp>

using txq::test::database;

TEST_CASE("a session speaks UTF8 whatever its URL and its database say") {
    database db;
    db.query("alter database " + db.name() + " set client_encoding = 'latin1'");
    auto where = txq::connection_info::parse(db.url());
    where.set("client_encoding", "LATIN1").set("options", "-c client_encoding=latin1");

    txq::session session{{.where = where}};

    pqxx::nontransaction tx{session.connection()};
    CHECK(std::string{tx.exec("show client_encoding")[0][0].c_str()} == "UTF8");
    CHECK(std::string{tx.exec("select 'ä€'::text")[0][0].c_str()} == "ä€");
}

TEST_CASE("a session that asks nothing for its idle timeout is ended with its locks") {
    database db;
    txq::session const hanging{{.where = txq::connection_info::parse(db.url()),
                                .name = "hangs",
                                .idle_timeout = std::chrono::milliseconds{50}}};
    db.wait_until("select count(*) from pg_stat_activity where application_name = 'hangs'", "0");
}

TEST_CASE("a session runs nothing that stands before what it means in the database's search_path") {
    auto const for_handlers = GENERATE(false, true);
    database db;
    db.query("create schema evil; create table public.taken (at timestamptz); "
             "create domain evil.text as pg_catalog.text check (false); "
             "create function evil.set_config(pg_catalog.text, pg_catalog.text, boolean) returns pg_catalog.text "
             "language sql as 'insert into public.taken values (now()); select $2'; "
             "alter database " +
             db.name() + " set search_path = evil, pg_catalog");
    txq::session session{{.where = txq::connection_info::parse(db.url()), .for_handlers = for_handlers}};
    CHECK(session.writable());
    CHECK(db.number("select count(*) from public.taken") == 0);
}

TEST_CASE("a session that the server has ended says so") {
    database db;
    txq::session ended{{.where = txq::connection_info::parse(db.url()), .name = "is ended"}};
    db.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'is ended'");
    db.wait_until("select count(*) from pg_stat_activity where application_name = 'is ended'", "0");
    try {
        ended.run(txq::sql::database_identity);
        FAIL("it answers");
    } catch (pqxx::broken_connection const& lost) {
        // libpqxx 7 keeps the server's words to itself
        CHECK_THAT(lost.what(), Catch::Matchers::Contains("terminating connection due to administrator command") ||
                                    Catch::Matchers::Contains("the server's log says why"));
    }
}
