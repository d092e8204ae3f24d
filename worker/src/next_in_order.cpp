#include "next_in_order.hpp"

namespace txq {

void let_next_in_order_run(session& database, pq::params const& orders) {
    auto const bounded = database.bound();
    pqxx::work tx{database.connection()};
    database.begin(tx);
    database.run(tx, sql::lock_orders, orders);
    database.run(tx, sql::next_in_order, orders);
    tx.commit();
}

} // namespace txq
