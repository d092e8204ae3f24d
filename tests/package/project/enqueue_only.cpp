#include <iostream>

#include <pqxx/pqxx>
#include <txq/enqueue.hpp>

int main() {
    pqxx::connection connection;
    pqxx::work tx{connection};
    std::cout << txq::enqueue(tx, "send_receipt", R"({"order": 42})", {.queue = "mail"}).str() << '\n';
    tx.commit();
}
