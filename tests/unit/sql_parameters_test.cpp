#include <support/catch.hpp>

#include <program/sql_parameters.hpp>
#include <txq/error.hpp>

using numbers = std::vector<int>;
using txq::program::prepare_for_jobs;

TEST_CASE("parameters are sent in the order of their appearance with their types") {
    auto const ready = prepare_for_jobs("insert into t values ($3, $1->>'to', $4, $3)");
    CHECK(ready.text == "insert into t values (($1::uuid), ($2::jsonb)->>'to', ($3::integer), ($1::uuid))");
    CHECK(ready.parameters == numbers{3, 1, 4});
}

TEST_CASE("an error quotes the parameters as the file has them and its mark stays at its place") {
    auto const sent = prepare_for_jobs("select $3 || $1 || $3");
    CHECK(txq::program::with_numbers_of_file("LINE 1: " + sent.text + "\n                     ^", sent) ==
          "LINE 1: select $3         || $1          || $3        \n                     ^");
    CHECK(txq::program::with_numbers_of_file("division by zero", sent) == "division by zero");
}

TEST_CASE("a statement need not name any parameter") {
    CHECK(prepare_for_jobs("refresh materialized view sales;").parameters.empty());
}

TEST_CASE("what looks like a parameter in strings and names and comments is left alone") {
    auto const text = GENERATE(as<std::string>{}, "select '$1 '' $2'", "select E'\\'$1'", "select \"$1\"",
                               "select $$ $1 $$", "select $body$ $1 $$ $2 $body$", "select a$1 from t",
                               "select 1 -- $1\n", "select /* $1 /* $2 */ $3 */ 1", "select '$1", "select 1 -- $1");
    INFO(text);
    auto const ready = prepare_for_jobs(text);
    CHECK(ready.text == text);
    CHECK(ready.parameters.empty());
}

TEST_CASE("a parameter behind a string or a comment is found") {
    auto const text = GENERATE(as<std::string>{}, "select 'it''s'||$2", "select E'\\\\'||$2", "select $$x$$||$2",
                               "select /**/$2", "select -- x\n$2", "select x.e||$2", "select ''||$2");
    INFO(text);
    CHECK(prepare_for_jobs(text).parameters == numbers{2});
}

TEST_CASE("a statement that cannot be meant is refused") {
    auto const [text, complaint] = GENERATE(table<std::string, std::string>({
        {"", "there is no statement"},
        {" -- nothing\n ; ", "there is no statement"},
        {"select $9", "no parameter $9"},
        {"select $0", "no parameter $0"},
        {"select $12", "no parameter $12"},
        {"commit", "'commit' cannot be used"},
        {"/* well */ RollBack", "'rollback' cannot be used"},
        {"begin; select 1", "'begin' cannot be used"},
        {"select 1; select 2", "more than one statement"},
    }));
    INFO(text);
    try {
        prepare_for_jobs(text);
        FAIL("accepted");
    } catch (txq::error const& wrong) { CHECK_THAT(wrong.what(), Catch::Matchers::Contains(complaint)); }
}

TEST_CASE("semicolons and comments may follow a statement") {
    CHECK_NOTHROW(prepare_for_jobs("select 1; -- done\n ; /* really */"));
}

TEST_CASE("parameters are the job's") {
    txq::raw_job job;
    job.id = *txq::uuid::parse("0190a000-0000-7000-8000-000000000001");
    job.operation_id = *txq::uuid::parse("0190a000-0000-7000-8000-000000000002");
    job.queue = "mail";
    job.kind = "send";
    job.attempt = 2;
    job.max_attempts = 20;
    job.payload = "{\"a\": 1}";
    job.headers = {{"traceparent", "00-1-2-3"}};
    using txq::program::parameter_of;
    CHECK(parameter_of(job, 1) == job.payload);
    CHECK(parameter_of(job, 2) == "0190a000-0000-7000-8000-000000000001");
    CHECK(parameter_of(job, 3) == "0190a000-0000-7000-8000-000000000002");
    CHECK(parameter_of(job, 4) == "2");
    CHECK(parameter_of(job, 5) == "20");
    CHECK(parameter_of(job, 6) == "mail");
    CHECK(parameter_of(job, 7) == "send");
    CHECK(parameter_of(job, 8) == "{\"traceparent\":\"00-1-2-3\"}");
}
