#include <support/catch.hpp>

#include <limits>
#include <optional>

#include <outbox/src/unique_rule.hpp>
#include <outbox/src/validate.hpp>

using namespace std::chrono_literals;
using namespace std::string_literals;
using Catch::Matchers::StartsWith;
using txq::enqueue_options;
using txq::errc;

namespace {

struct refusal {
    std::optional<errc> code;
    std::string message;
};

template <typename Check>
refusal refused(Check check) try {
    check();
    return {};
} catch (txq::error const& why) { return {why.code(), why.what()}; }

refusal refused_options(enqueue_options const& options) {
    return refused([&] { txq::check_common("kind", options, ""); });
}

txq::common_fields checked(enqueue_options const& options) { return txq::check_common("kind", options, ""); }

} // namespace

TEST_CASE("defaults are fit and ask for nothing that needs a value") {
    enqueue_options const defaults;
    auto const fields = checked(defaults); // holds views into them
    CHECK(fields.queue == "default");
    CHECK(fields.priority == 2);
    CHECK(fields.max_attempts == 20);
    CHECK_FALSE(fields.run_at);
    CHECK_FALSE(fields.delay);
    CHECK_FALSE(fields.headers);
}

TEST_CASE("a kind has 1 to 128 bytes of text") {
    auto const refused_kind = [](std::string const& kind) { return refused([&] { txq::check_common(kind, {}, ""); }); };
    CHECK(refused_kind(std::string(128, 'k')).message == "");
    CHECK(refused_kind("").message == "kind is empty; it must have 1 to 128 bytes");
    CHECK(refused_kind(std::string(129, 'k')).message == "kind has 129 bytes; the limit is 128");
    CHECK(refused_kind("a\0b"s).message == "kind has a NUL or is not UTF-8, which PostgreSQL cannot hold");
    CHECK(refused_kind("caf\xe9").code == errc::bad_kind);
}

TEST_CASE("a queue has 1 to 128 bytes of text") {
    CHECK(refused_options({.queue = std::string(128, 'q')}).message == "");
    CHECK(refused_options({.queue = ""}).message == "queue is empty; it must have 1 to 128 bytes");
    CHECK(refused_options({.queue = std::string(129, 'q')}).message == "queue has 129 bytes; the limit is 128");
    CHECK(refused_options({.queue = "a\0b"s}).code == errc::bad_queue);
    CHECK(refused_options({.queue = "\xff"}).code == errc::bad_queue);
}

TEST_CASE("a priority is 0 to 3") {
    CHECK(refused_options({.priority = 0}).message == "");
    CHECK(refused_options({.priority = 3}).message == "");
    CHECK(refused_options({.priority = 4}).message == "priority is 4; it must be 0 to 3");
    CHECK(refused_options({.priority = -1}).code == errc::bad_priority);
}

TEST_CASE("there are 1 to 1000 attempts") {
    CHECK(refused_options({.max_attempts = 1}).message == "");
    CHECK(refused_options({.max_attempts = 1000}).message == "");
    CHECK(refused_options({.max_attempts = 0}).message == "max_attempts is 0; it must be 1 to 1000");
    CHECK(refused_options({.max_attempts = 1001}).code == errc::bad_max_attempts);
}

TEST_CASE("a delay is not negative and ends within 36500 days") {
    CHECK(*checked({.delay = 10s}).delay == 10'000);
    CHECK(refused_options({.delay = std::chrono::days{36'500}}).message == "");
    CHECK_THAT(refused_options({.delay = -1ms}).message, StartsWith("delay is -1 ms; it must be 0 to 36500 days"));
    CHECK(refused_options({.delay = std::chrono::days{36'500} + 1ms}).code == errc::bad_time);
    CHECK(refused_options({.delay = std::chrono::milliseconds::max()}).code == errc::bad_time);
    CHECK(refused_options({.delay = std::chrono::milliseconds::min()}).code == errc::bad_time);
}

TEST_CASE("a point in time is written in UTC to the microsecond and never earlier") {
    using std::chrono::sys_days;
    using std::chrono::year;
    auto const when = sys_days{year{2031} / 2 / 28} + 9h + 5min + 7s + 123'456us;
    CHECK(*checked({.run_at = when}).run_at == "2031-02-28T09:05:07.123456Z");
    CHECK(*checked({.run_at = when + 1ns}).run_at == "2031-02-28T09:05:07.123457Z");
    CHECK(*checked({.run_at = sys_days{year{1970} / 1 / 1}}).run_at == "1970-01-01T00:00:00.000000Z");
}

TEST_CASE("a point in time lies in the years 1970 to 2199") {
    using time_point = std::chrono::system_clock::time_point;
    auto const end = time_point{std::chrono::sys_days{std::chrono::year{2200} / 1 / 1}};
    CHECK(refused_options({.run_at = end - 1us}).message == "");
    CHECK(refused_options({.run_at = end}).message == "run_at must be a point in time of the years 1970 to 2199");
    CHECK(refused_options({.run_at = time_point{} - 1us}).code == errc::bad_time);
    CHECK(refused_options({.run_at = time_point::max()}).code == errc::bad_time);
    CHECK(refused_options({.run_at = time_point::min()}).code == errc::bad_time);
}

TEST_CASE("a delay and a point in time cannot both be meant") {
    auto const now = std::chrono::system_clock::now();
    CHECK(refused_options({.delay = 1s, .run_at = now}).message == "run_at and delay are both given; give one");
    CHECK(refused_options({.delay = 0s, .run_at = now}).message == "");
}

TEST_CASE("an operation id is text of up to 512 bytes") {
    auto const refused_id = [](std::string const& id) { return refused([&] { txq::check_operation_id(id); }); };
    CHECK(refused_id("").message == "");
    CHECK(refused_id(std::string(512, 'o')).message == "");
    CHECK(refused_id(std::string(513, 'o')).message == "operation_id has 513 bytes; the limit is 512");
    CHECK(refused_id("a\0b"s).code == errc::bad_operation_id);
    CHECK(refused_id("\xc3").code == errc::bad_operation_id);
}

TEST_CASE("a tenant is a name or nothing") {
    CHECK(!checked({}).rules);
    CHECK(*checked({.tenant = "caf\u00e9"}).rules == R"({"tenant":"caf\u00e9"})");
    CHECK(refused_options({.tenant = std::string(129, 'x')}).message == "tenant has 129 bytes; the limit is 128");
    CHECK(refused_options({.tenant = "a\0b"s}).code == errc::bad_tenant);
}

TEST_CASE("a rule that makes jobs one travels as JSON") {
    using txq::unique;
    CHECK(*checked({.unique = unique{.key = "caf\u00e9"}}).rules ==
          R"({"unique":{"key":"caf\u00e9","on_conflict":"keep"}})");
    CHECK(*checked({.tenant = "t",
                    .unique = unique{.fields = {"a", "b"},
                                     .within = 2s,
                                     .states = {unique::waiting, unique::done},
                                     .on_conflict = unique::postpone,
                                     .at_most = 5ms}})
               .rules == R"({"tenant":"t","unique":{"at_most_ms":5,"fields":["a","b"],"on_conflict":"postpone",)"
                         R"("states":["waiting","done"],"within_ms":2000}})");
}

TEST_CASE("a rule that cannot be meant is refused") {
    using txq::unique;
    auto const refused_rule = [](unique const& rule) {
        auto const why = refused_options({.unique = rule});
        CHECK(why.code == errc::bad_unique);
        return why.message;
    };
    CHECK(refused_rule({}) == "unique: give either a key or fields");
    CHECK(refused_rule({.key = "k", .fields = {"f"}}) == "unique: give either a key or fields");
    CHECK(refused_rule({.key = std::string(513, 'k')}) == "unique: the key has 513 bytes; it must have 1 to 512");
    CHECK(refused_rule({.key = "a\0b"s}) == "unique: the key has a NUL or is not UTF-8, which PostgreSQL cannot hold");
    CHECK(refused_rule({.fields = std::vector<std::string>(17, "f")}) ==
          "unique: there are 17 fields; there can be 1 to 16");
    CHECK(refused_rule({.fields = {"f", ""}}) == "unique: a field has 0 bytes; it must have 1 to 128");
    CHECK(refused_rule({.key = "k", .within = -1ms}) ==
          "unique: within is -1 ms; it must be 1 ms to 36500 days (3153600000000 ms)");
    CHECK(refused_rule({.key = "k", .states = {unique::done}}) ==
          "unique: jobs that are done count only within a period; give one");
    CHECK(refused_rule({.key = "k", .on_conflict = unique::replace, .at_most = 1s}) ==
          "unique: at_most bounds how long a job is postponed; give it with postpone");
}

TEST_CASE("a payload has the fields that make it one with others") {
    auto const refused_payload = [](std::string const& payload, std::string const& field = "cart") {
        return refused([&] { txq::check_unique_fields(txq::unique{.fields = {field}}, payload); }).message;
    };
    CHECK(refused_payload(R"({"cart": 7})") == "");
    CHECK(refused_payload(R"( {"a" : {"x": [1, "}"]}, "\u0063art" : null})") == "");
    CHECK(refused_payload(R"({"\"\\": 1, "b": "c\"art"})", R"("\)") == "");
    for (auto const* lacking : {R"({})", R"({"a": {"cart": 7}})", R"({"a": "cart"})", R"(["cart"])", R"("cart")", "7",
                                R"([{"cart": 7}])", R"({"a": ["cart", 7]})"})
        CHECK(refused_payload(lacking) == "unique: the payload has no field cart");
}

TEST_CASE("an order key is a name or nothing and says how it goes on") {
    CHECK(*checked({.order_key = "a"}).rules == R"({"order_key":"a"})");
    CHECK(*checked({.order_key = "a", .order_holds = false}).rules == R"({"order_goes_on":true,"order_key":"a"})");
    CHECK(!checked({.order_holds = false}).rules);
    CHECK(refused_options({.order_key = std::string(129, 'x')}).message == "order_key has 129 bytes; the limit is 128");
    CHECK(refused_options({.order_key = "a\0b"s}).code == errc::bad_order_key);
}

TEST_CASE("headers are text under names that are not empty") {
    CHECK(*checked({.headers = {{"b", "\u00e9\n"}, {"a", ""}}}).headers == R"({"a":"","b":"\u00e9\n"})");
    CHECK(refused_options({.headers = {{"", "x"}}}).message == "headers have an empty name");
    CHECK(refused_options({.headers = {{"a\0b"s, "x"}}}).code == errc::bad_headers);
    CHECK(refused_options({.headers = {{"a", "x\0"s}}}).message ==
          "the value of header a has a NUL or is not UTF-8, which PostgreSQL cannot hold");
    CHECK(refused_options({.headers = {{"a", "\xff"}}}).code == errc::bad_headers);
}

TEST_CASE("headers have 16 KiB together as JSON") {
    auto const frame = R"({"a": ""})"s.size();
    CHECK(refused_options({.headers = {{"a", std::string(16'384 - frame, 'x')}}}).message == "");
    CHECK(refused_options({.headers = {{"a", std::string(16'385 - frame, 'x')}}}).message ==
          "headers, written as JSON, have 16385 bytes; the limit is 16384");
    CHECK(refused_options({.headers = {{"a", std::string(10'000, 'x')}, {"b", std::string(10'000, 'x')}}}).code ==
          errc::bad_headers);
}

TEST_CASE("the thread's traceparent becomes a header unless one is given") {
    CHECK(*txq::check_common("kind", {}, "trace").headers == R"({"traceparent":"trace"})");
    CHECK(*txq::check_common("kind", {.headers = {{"a", "b"}}}, "trace").headers ==
          R"({"a":"b","traceparent":"trace"})");
    CHECK(*txq::check_common("kind", {.headers = {{"traceparent", "given"}}}, "trace").headers ==
          R"({"traceparent":"given"})");
}

TEST_CASE("a payload is JSON within the limit") {
    auto const refused_payload = [](std::string const& json, std::size_t limit) {
        return refused([&] { txq::check_payload(json, limit); });
    };
    CHECK(refused_payload(R"({"a":1})", 8).message == "");
    CHECK(refused_payload(R"({"a":1})", 7).message == "payload has 8 bytes; the limit is 7 (payload_limit)");
    CHECK(refused_payload("", 8).message ==
          "payload is not JSON that jsonb can hold: it is empty; write {} for a job without arguments");
    CHECK(refused_payload("{", 8).message ==
          "payload is not JSON that jsonb can hold: a key, which is a string, is missing, at byte 2");
    CHECK(refused_payload("{", 8).code == errc::bad_payload);
    CHECK(refused_payload("1e100000", 262'144).message == "");
    CHECK(refused_payload("[1e100000,1e100000,1e100000]", 262'144).code == errc::bad_payload);
}

TEST_CASE("a payload limit can be raised to 32 MiB") {
    CHECK(refused_options({.payload_limit = 33'554'432}).message == "");
    CHECK(refused_options({.payload_limit = 33'554'433}).message ==
          "payload_limit is 33554433; it can be 33554432 at most");
    CHECK(refused_options({.payload_limit = std::numeric_limits<std::size_t>::max()}).code == errc::bad_payload);
}

TEST_CASE("the payloads of one enqueue have 64 MiB together") {
    std::vector<txq::new_job> jobs(2, {.payload = std::string(32 * 1024 * 1024, ' ')});
    CHECK(refused([&] { txq::check_together(jobs); }).message == "");
    jobs.push_back({.payload = "1"});
    CHECK(refused([&] { txq::check_together(jobs); }).message ==
          "the payloads of 3 jobs together have 67108865 bytes; the limit of one enqueue_many is 67108864");
}

TEST_CASE("a refusal names the kind but not one that is refused itself") {
    auto const naming = [](errc code) {
        return refused([&] { txq::naming_kind("enqueue", "send_receipt", [&] {
                                 throw txq::error{code, "no"};
                             }); })
            .message;
    };
    CHECK(naming(errc::bad_queue) == "enqueue of send_receipt: no");
    CHECK(naming(errc::bad_kind) == "enqueue: no");
}

TEST_CASE("a struct that JSON cannot say is refused") {
    using txq::detail::write_json;
    auto const refused_json = [](nlohmann::json const& value) {
        return refused([&] { write_json("kind", value); }).message;
    };
    CHECK(write_json("kind", {{"a", 1}}) == R"({"a":1})");
    CHECK(refused_json({{"a", {1.5, std::numeric_limits<double>::infinity()}}}) ==
          "enqueue of kind: payload has a number that is not finite, which JSON cannot say");
    CHECK(refused_json(std::numeric_limits<double>::quiet_NaN()) != "");
    CHECK(refused_json("caf\xe9") == "enqueue of kind: payload has a string that is not UTF-8");
}

TEST_CASE("a struct of endless depth is refused without using up the stack") {
    nlohmann::json nested;
    for (int i = 0; i < 512; ++i) nested = nlohmann::json::array({std::move(nested)});
    CHECK(txq::detail::write_json("kind", nested).size() == 512 * 2 + 4);
    for (int i = 0; i < 200'000; ++i) nested = nlohmann::json::array({std::move(nested)});
    CHECK(refused([&] { txq::detail::write_json("kind", nested); }).message ==
          "enqueue of kind: payload is nested deeper than 512 levels");
}
