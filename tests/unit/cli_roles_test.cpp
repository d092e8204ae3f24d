#include <support/catch.hpp>
#include <support/command.hpp>

using Catch::Matchers::Contains;
using txq::test::run_txq;

TEST_CASE("roles have the names that were asked for") {
    auto const all = run_txq({"roles", "--prefix", "shop_"});
    auto const one = run_txq({"roles", "--only", "producer", "--name", "shop-user"});
    CHECK(all.status == 0);
    for (auto const* name : {"shop_producer", "shop_relay", "shop_worker", "shop_operator", "shop_reader"})
        CHECK_THAT(all.out, Contains("create role \"" + std::string{name} + "\" login"));
    CHECK_THAT(one.out, Contains("on txq.outbox to \"shop-user\"") && Contains("rolname = 'shop-user'"));
    CHECK_THAT(one.out, !Contains("txq_"));
    CHECK_THAT(all.out, !Contains(":\"") && !Contains(":'"));
}

TEST_CASE("roles are printed for one side of the schema or for some of them") {
    auto const outbox = run_txq({"roles", "--side", "outbox"});
    auto const some = run_txq({"roles", "--only", "relay", "--only", "reader", "--json"}).json();
    CHECK_THAT(outbox.out, Contains("txq.outbox") && !Contains("txq.jobs") && !Contains("worker\""));
    REQUIRE(some["roles"].size() == 4);
    CHECK(some["roles"][0]["side"] == "outbox");
    CHECK(some["roles"][0]["name"] == "txq_relay");
    CHECK(some["roles"][3]["role"] == "reader");
}

TEST_CASE("a role's name that would not be one is refused") {
    std::vector<std::vector<std::string>> const refused{{"--prefix", "a\"b"},
                                                        {"--prefix", "a'b"},
                                                        {"--prefix", "$txq$"},
                                                        {"--prefix", "pg_"},
                                                        {"--prefix", std::string(60, 'a')},
                                                        {"--name", "a"},
                                                        {"--only", "producer", "--name", "public"},
                                                        {"--only", "producer", "--side", "queue"},
                                                        {"--only", "admin"}};
    for (auto arguments : refused) {
        arguments.insert(arguments.begin(), "roles");
        auto const ended = run_txq(arguments);
        INFO(ended.err);
        CHECK(ended.status == 2);
        CHECK(ended.out.empty());
    }
}
