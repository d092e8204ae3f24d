#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/session.hpp>

using txq::test::database;

TEST_CASE("every statement can be prepared against the migrated schema") {
    database db;
    txq::session session{{.where = txq::connection_info::parse(db.url())}};
    for (auto const* one : txq::sql::all) {
        INFO(one->name);
        if (one == &txq::sql::begin_pooled) continue; // SET cannot be prepared, and is not
        pqxx::nontransaction tx{session.connection()};
        CHECK_NOTHROW(tx.exec("prepare checked as " + std::string{one->text}));
        CHECK_NOTHROW(tx.exec("deallocate checked"));
    }
}
