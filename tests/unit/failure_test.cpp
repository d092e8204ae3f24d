#include <support/catch.hpp>

#include <worker/src/failure.hpp>

#include <pqxx/pqxx>

using namespace txq;

namespace {

template <typename Thrown>
job_failure described(Thrown thrown) {
    return describe(std::make_exception_ptr(std::move(thrown)));
}

/// What is thrown when a step fails within another one.
template <typename Step>
job_failure described_from(Step step) {
    try {
        step();
    } catch (...) { return describe(std::current_exception()); }
    return {};
}

struct smtp_error : job_error {
    using job_error::job_error;
};

nlohmann::json nested(int levels) {
    nlohmann::json deep = 1;
    for (int i = 0; i < levels; ++i) deep = nlohmann::json::array({std::move(deep)});
    return deep;
}

nlohmann::json stored(nlohmann::json details) {
    return nlohmann::json::parse(stored_error({.type = "x", .details = std::move(details)}))
        .value("details", nlohmann::json{});
}

} // namespace

TEST_CASE("an exception is described by its type and its words") {
    CHECK(described(std::out_of_range{"7 of 5"}).type == "std::out_of_range");
    CHECK(described(std::out_of_range{"7 of 5"}).message == "7 of 5");
    CHECK_FALSE(described(permanent_error{"no"}).recoverable);
    CHECK(described(std::runtime_error{"no"}).recoverable);
    CHECK(described(std::runtime_error{"no"}).source == "handler");
    CHECK(described(std::runtime_error{"no"}).severity == severity::error);
    CHECK(described(42).type == "unknown");
}

TEST_CASE("messages are made fit for the database") {
    CHECK(printable("Grüße") == "Grüße");
    CHECK(printable(std::string{"a\0b", 3}) == "a b");
    CHECK(printable("bad \xff byte") == "bad \xef\xbf\xbd byte");
    CHECK(printable(std::string(20'000, 'x')).size() == 8192);
    CHECK(printable("") == "");
}

TEST_CASE("a handler can say more of its error than a message") {
    auto const error = described(smtp_error{"the mailbox is full",
                                            {.type = "smtp:452",
                                             .severity = severity::warning,
                                             .recoverable = false,
                                             .source = "smtp.example.org",
                                             .details = {{"mailbox", "a@example.org"}}}});
    CHECK(error.type == "smtp:452");
    CHECK(error.message == "the mailbox is full");
    CHECK(error.severity == severity::warning);
    CHECK_FALSE(error.recoverable);
    CHECK(error.source == "smtp.example.org");
    CHECK(error.details["mailbox"] == "a@example.org");
}

TEST_CASE("an error without a type of its own has the name of its class") {
    CHECK_THAT(described(smtp_error{"no"}).type, Catch::Matchers::EndsWith("smtp_error"));
    CHECK(described(permanent_error{"no"}).type == "txq::permanent_error");
}

TEST_CASE("what the database refuses has its SQLSTATE as its type") {
    auto const error = described(pqxx::unique_violation{"duplicate key", "insert", "23505"});
    CHECK(error.type == "sqlstate:23505");
    CHECK(error.source == "database");
    CHECK(error.message == "[23505] duplicate key");
    CHECK(error.details["sqlstate"] == "23505");
    CHECK(described(pqxx::broken_connection{"gone"}).source == "database");
    CHECK(described(pqxx::broken_connection{"gone"}).type == "pqxx::broken_connection");
}

TEST_CASE("errors that are nested in another one are kept from the outside in") {
    auto const error = described_from([] {
        try {
            try {
                throw std::out_of_range{"7 of 5"};
            } catch (...) { std::throw_with_nested(std::logic_error{"cannot read the list"}); }
        } catch (...) { std::throw_with_nested(std::runtime_error{"cannot send"}); }
    });
    CHECK(error.type == "std::runtime_error");
    CHECK(error.message == "cannot send");
    REQUIRE(error.causes.size() == 2);
    CHECK(error.causes[0].type == "std::logic_error");
    CHECK(error.causes[1].type == "std::out_of_range");
    CHECK(error.causes[1].message == "7 of 5");
    CHECK(nlohmann::json::parse(stored_error(error))["details"]["causes"][1]["message"] == "7 of 5");
}

TEST_CASE("what a nested error says of itself goes for the whole") {
    auto const error = described_from([] {
        try {
            throw permanent_error{"no such account", {.source = "bank"}};
        } catch (...) { std::throw_with_nested(std::runtime_error{"cannot credit"}); }
    });
    CHECK(error.type == "std::runtime_error");
    CHECK_FALSE(error.recoverable);
    CHECK(error.source == "bank");
    auto const outermost = described_from([] {
        try {
            throw permanent_error{"no such account"};
        } catch (...) { std::throw_with_nested(job_error{"cannot credit today"}); }
    });
    CHECK(outermost.recoverable);
}

TEST_CASE("an endless chain of errors is cut") {
    std::function<void(int)> fail = [&](int deep) {
        if (deep == 0) throw std::runtime_error{"root"};
        try {
            fail(deep - 1);
        } catch (...) { std::throw_with_nested(std::runtime_error{"level " + std::to_string(deep)}); }
    };
    CHECK(described_from([&] { fail(100); }).causes.size() == 8);
}

TEST_CASE("details are made fit for jsonb") {
    CHECK(stored({}).is_null());
    CHECK(stored({{"a", 1}}) == nlohmann::json{{"a", 1}});
    CHECK(stored("text") == nlohmann::json{{"value", "text"}});
    CHECK(stored({{"a", std::string{"x\0y", 3}}})["a"] == "x y");
    CHECK(stored({{"a", "bad \xff byte"}})["a"] == "bad \xef\xbf\xbd byte");
    CHECK(stored({{"a", nlohmann::json::binary({1, 2})}})["a"].is_null());
    CHECK_THAT(stored({{"a", std::string(9000, 'x')}, {"b", std::string(9000, 'x')}})["left_out"].get<std::string>(),
               Catch::Matchers::Contains("16384 at most"));
    CHECK(stored({{"deep", nested(5000)}}).dump().size() < 200);
}

TEST_CASE("details that are nested too deep for a copy on the stack are cut") {
    auto const error = described_from([] { throw job_error{"no", {.details = {{"deep", nested(1'000'000)}}}}; });
    CHECK(error.details.dump().size() < 200);
    auto const outer = described_from([] {
        try {
            throw job_error{"no", {.details = {{"deep", nested(1'000'000)}}}};
        } catch (...) { std::throw_with_nested(std::runtime_error{"neither"}); }
    });
    CHECK(outer.details.dump().size() < 200);
}

TEST_CASE("a type and a source that are too long are cut between characters") {
    std::string umlauts;
    for (int i = 0; i < 1000; ++i) umlauts += "\u00e4";
    auto const error = described(job_error{"no", {.type = umlauts, .source = umlauts}});
    CHECK(error.type.size() <= 512);
    CHECK(error.type.size() > 490);
    CHECK(error.source.size() <= 256);
}
