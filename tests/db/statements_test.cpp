#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/session.hpp>

using txq::test::database;

namespace {

/// What cannot be prepared, and is not.
bool is_a_command(txq::statement const* one) {
    using namespace txq::sql;
    return one == &begin_pooled || one == &begin_session || one == &set_savepoint || one == &undo_to_savepoint ||
           one == &release_savepoint;
}

} // namespace

TEST_CASE("every statement can be prepared against the migrated schema") {
    database db;
    txq::session session{{.where = txq::connection_info::parse(db.url())}};
    for (auto const* one : txq::sql::all) {
        INFO(one->name);
        if (is_a_command(one)) continue;
        pqxx::nontransaction tx{session.connection()};
        CHECK_NOTHROW(tx.exec("prepare checked as " + std::string{one->text}));
        CHECK_NOTHROW(tx.exec("deallocate checked"));
    }
}
