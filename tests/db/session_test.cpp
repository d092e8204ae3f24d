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
