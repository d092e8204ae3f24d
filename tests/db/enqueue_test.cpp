#include <support/catch.hpp>
#include <support/database.hpp>

#include <txq/enqueue.hpp>

using txq::test::database;

namespace {

struct send_receipt {
    static constexpr std::string_view kind = "send_receipt";
    std::int64_t order;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(send_receipt, order)

} // namespace

TEST_CASE("a struct becomes a job with its kind and the defaults") {
    database db;
    pqxx::connection connection{db.url()};
    pqxx::work tx{connection};
    auto const id = txq::enqueue(tx, send_receipt{42});
    tx.commit();
    CHECK(db.value("select row(id, operation_id, queue, kind, priority, max_attempts, run_at, payload, headers)::text "
                   "from txq.outbox") ==
          "(" + id.str() + "," + id.str() + R"(,default,send_receipt,2,20,,"{""order"": 42}",))");
}
