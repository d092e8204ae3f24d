#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/process.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using txq::test::database;
using txq::test::process;

namespace {

std::string text_of(std::string const& file) {
    std::stringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

/// A shop with the orders 1 and 2 that are done, and a file with their mails.
class shop_fixture {
  public:
    shop_fixture() {
        db.query(text_of(TXQ_SOURCE_DIR "/tests/examples/shop/schema.sql"));
        db.query("insert into orders select generate_series(1, 2)");
        db.query("insert into commits values (1, 1000), (2, 2000)");
        db.query("insert into receipts select id, txq.uuid_v7(), 'here:1', 1, 3000 from orders");
        std::ofstream{mails} << "a 1\nb 2\n";
    }
    ~shop_fixture() { std::filesystem::remove(mails); }

    process check() { return process{{"shop-check", "--orders", db.url(), "--mails", mails}}; }

    database db;
    std::string const mails = db.name() + ".mails";
};

} // namespace

TEST_CASE_METHOD(shop_fixture, "shop-check finds nothing wrong where nothing is wrong") {
    auto program = check();
    CHECK(program.wait() == 0);
    CHECK_THAT(program.output(), Catch::Matchers::Contains("nothing else has any"));
}

TEST_CASE_METHOD(shop_fixture, "shop-check fails for tables in which anything is wrong") {
    auto const* const mishap = GENERATE("delete from receipts where order_id = 1",             // lost
                                        "insert into receipts select * from receipts limit 1", // duplicated
                                        "update receipts set order_id = 3 where order_id = 1", // both lost and made up
                                        "delete from orders where id = 2",                     // made up
                                        "insert into orders values (4)");                      // lost
    db.query(mishap);
    auto program = check();
    INFO(mishap);
    CHECK(program.wait() == 1);
    CHECK_THAT(program.output(), Catch::Matchers::Contains("WRONG"));
}

TEST_CASE_METHOD(shop_fixture, "shop-check fails for mails that are missing") {
    std::ofstream{mails} << "a 1\n";
    CHECK(check().wait() == 1);
}
