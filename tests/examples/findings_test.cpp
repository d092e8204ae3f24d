#include <support/catch.hpp>

#include <findings.hpp>
#include <plan.hpp>

using namespace shop;

namespace {

/// Two orders, each with all that it should have.
evidence all_in_order() {
    return {.orders = {1, 2},
            .receipts = {{1, 1'500}, {2, 2'900}},
            .mails = {{"a", 1}, {"b", 2}},
            .commits = {{1, 1'000}, {2, 2'000}}};
}

} // namespace

TEST_CASE("a receipt and a mail per order is what should be") {
    auto const found = examine(all_in_order());
    CHECK(found.good());
    CHECK(found.orders == 2);
    CHECK(found.receipts == 2);
    CHECK(found.mails == 2);
    CHECK(found.commit_to_start.p50 == 500);
    CHECK(found.commit_to_start.p99 == 900);
}

TEST_CASE("a shop without orders is in order") { CHECK(examine({}).good()); }

TEST_CASE("an order without a receipt or without a mail is lost") {
    auto wrong = all_in_order();
    wrong.receipts.pop_back();
    wrong.mails.erase(wrong.mails.begin());
    CHECK(examine(wrong).lost == 2);
    CHECK_FALSE(examine(wrong).good());
}

TEST_CASE("an order that lacks both is lost once") {
    auto wrong = all_in_order();
    wrong.receipts.pop_back();
    wrong.mails.pop_back();
    CHECK(examine(wrong).lost == 1);
}

TEST_CASE("a second receipt of an order is a duplicate") {
    auto wrong = all_in_order();
    wrong.receipts.push_back({1, 3'000});
    CHECK(examine(wrong).duplicated_receipts == 1);
    CHECK_FALSE(examine(wrong).good());
}

TEST_CASE("a mail with a known key is counted and harmless") {
    auto again = all_in_order();
    again.mails.push_back({"a", 1});
    CHECK(examine(again).mails_with_same_key == 1);
    CHECK(examine(again).mails == 2);
    CHECK(examine(again).good());
}

TEST_CASE("a second mail of an order with another key is a duplicate") {
    auto wrong = all_in_order();
    wrong.mails.push_back({"c", 1});
    CHECK(examine(wrong).duplicated_mails == 1);
    CHECK_FALSE(examine(wrong).good());
}

TEST_CASE("an effect of an order that was never committed is an orphan") {
    auto wrong = all_in_order();
    wrong.receipts.push_back({3, 3'000});
    wrong.mails.push_back({"c", 3});
    CHECK(examine(wrong).orphan_effects == 2);
    CHECK_FALSE(examine(wrong).good());
}

TEST_CASE("no two transactions of a plan place the same order") {
    plan const small{.orders = GENERATE(1, 7, 200, 20'000), .producers = 8};
    order_number beyond = small.orders + 1;
    int large = 0;
    for (order_number order = 1; order <= small.orders; ++order) {
        auto const many = large_order_before(small, order);
        if (!many) continue;
        CHECK(many->first == beyond);
        beyond = many->first + many->size;
        ++large;
    }
    CHECK(large <= large_orders);
    CHECK(last_order(small) >= beyond);
}
