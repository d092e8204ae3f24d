#include <support/catch.hpp>

#include <outbox/src/json_number.hpp>

using txq::json_number;

namespace {

std::size_t length(json_number const& number) { return txq::jsonb_length(number).value_or(0); }

} // namespace

TEST_CASE("a number is as long as its digits without an exponent") {
    CHECK(length({.integer = "0"}) == 1);
    CHECK(length({.negative = true, .integer = "12"}) == 3);
    CHECK(length({.integer = "12", .fraction = "50"}) == 5);                    // 12.50
    CHECK(length({.integer = "12", .fraction = "50", .exponent = "1"}) == 5);   // 125.0
    CHECK(length({.integer = "12", .fraction = "50", .exponent = "+3"}) == 5);  // 12500
    CHECK(length({.integer = "12", .fraction = "50", .exponent = "-3"}) == 7);  // 0.01250
    CHECK(length({.integer = "0", .fraction = "05", .exponent = "2"}) == 1);    // 5
    CHECK(length({.integer = "0", .fraction = "05", .exponent = "0004"}) == 3); // 500
}

TEST_CASE("zero has no sign and one digit before the point") {
    CHECK(length({.negative = true, .integer = "0"}) == 1);
    CHECK(length({.negative = true, .integer = "0", .fraction = "00"}) == 4);
    CHECK(length({.integer = "0", .exponent = "1073741822"}) == 1);
}

TEST_CASE("numbers beyond numeric are refused") {
    CHECK(length({.integer = "1", .exponent = "131071"}) == 131'072);
    CHECK(length({.integer = "1", .exponent = "131072"}) == 0);
    CHECK(length({.integer = "0", .fraction = "001", .exponent = "131074"}) == 131'072);
    CHECK(length({.integer = "0", .fraction = "001", .exponent = "131075"}) == 0);
    CHECK(length({.integer = "1", .exponent = "-16383"}) == 16'385);
    CHECK(length({.integer = "1", .exponent = "-16384"}) == 0);
    CHECK(length({.integer = "0", .exponent = "-16384"}) == 0);
    CHECK(length({.integer = "0", .exponent = "1073741823"}) == 0);
    CHECK(length({.integer = "0", .exponent = "99999999999999999999999999"}) == 0);
    CHECK(length({.integer = "0", .exponent = "-99999999999999999999999999"}) == 0);
}
