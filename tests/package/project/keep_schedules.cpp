#include <pqxx/pqxx>
#include <txq/scheduler.hpp>

int main(int count, char** arguments) {
    if (count < 2) return 2;
    pqxx::connection connection{arguments[1]};
    pqxx::work tx{connection};
    txq::add_schedule(tx, "sync_store_42", "every 5 minutes", "sync_inventory", R"({"store": 42})");
    tx.commit();
    txq::scheduler const scheduler{{.database = arguments[1]}};
}
