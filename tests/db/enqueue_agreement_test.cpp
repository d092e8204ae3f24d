#include <support/catch.hpp>
#include <support/database.hpp>

#include <optional>

#include <txq/detail/pq.hpp>
#include <txq/enqueue.hpp>

using txq::enqueue_options;
using txq::unique;
using txq::test::database;
using namespace std::chrono_literals;

namespace {

struct request {
    std::string kind = "kind";
    std::string payload = "{}";
    enqueue_options options{};
};

constexpr auto refused = "refused";

constexpr txq::statement enqueue_in_sql{"enqueue_in_sql", R"(
    select txq.enqueue($1, $2::jsonb, queue => $3, priority => $4::integer, max_attempts => $5::integer,
                       run_at => to_timestamp($6::double precision), delay => $7::bigint * interval '1 millisecond',
                       operation_id => $8, headers => $9::jsonb, tenant => $10, unique_by => $11::jsonb,
                       order_key => $12, order_holds => $13))"};

/// The rule as people would write it in SQL, with all that was given.
std::optional<std::string> unique_by_of(std::optional<txq::unique> const& rule) {
    if (!rule) return std::nullopt;
    nlohmann::json written{{"on_conflict", name(rule->on_conflict)}};
    if (!rule->key.empty()) written["key"] = rule->key;
    if (!rule->fields.empty()) written["fields"] = rule->fields;
    if (rule->within.count() != 0) written["within_ms"] = rule->within.count();
    for (auto const state : rule->states) written["states"].push_back(name(state));
    if (rule->at_most.count() != 0) written["at_most_ms"] = rule->at_most.count();
    return written.dump();
}

void by_sql(pqxx::transaction_base& tx, request const& asked) {
    auto const& [kind, payload, options] = asked;
    tx.exec("set local txq.payload_limit = " + std::to_string(options.payload_limit));
    std::optional<long long> run_at;
    if (options.run_at) run_at = std::chrono::floor<std::chrono::seconds>(*options.run_at).time_since_epoch().count();
    txq::pq::exec(tx, enqueue_in_sql,
                  txq::pq::params{kind, payload, options.queue, options.priority, options.max_attempts, run_at,
                                  options.delay.count(), txq::pq::unless_empty(options.operation_id),
                                  nlohmann::json(options.headers).dump(), txq::pq::unless_empty(options.tenant),
                                  unique_by_of(options.unique), txq::pq::unless_empty(options.order_key),
                                  options.order_holds});
}

void by_cpp(pqxx::transaction_base& tx, request const& asked) {
    txq::enqueue(tx, asked.kind, asked.payload, asked.options);
}

/// Enqueues, reads what there is of the job beside its id, and takes it back; a delay is given in whole seconds.
template <typename Enqueue>
std::string enqueued(pqxx::connection& connection, Enqueue how, request const& asked) try {
    pqxx::work tx{connection};
    how(tx, asked);
    std::string const when = asked.options.run_at ? "run_at" : "round(extract(epoch from run_at - enqueued_at))";
    return tx
        .exec("select row(case when operation_id is not null then operation_id end, queue, kind, priority, "
              "max_attempts, " +
              when + ", payload, headers, rules)::text from txq.outbox")[0][0]
        .c_str();
} catch (txq::error const&) { return refused; } catch (pqxx::sql_error const&) {
    return refused;
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

std::vector<request> good_requests() {
    auto const far = std::chrono::sys_days{std::chrono::year{2199} / 12 / 31} + 23h + 59min + 59s;
    return {
        {},
        {.kind = std::string(128, 'k')},
        {.kind = repeated("\u00e9", 64)},
        {.payload = "null"},
        {.payload = R"( {"a":1 , "b":[1.50, -0, 1e3, "\u00e9\/\n"]} )"},
        {.payload = R"({"a": 1, "a": 2})"},
        {.payload = "[1e131071]"},
        {.payload = "0e1000000"},
        {.payload = repeated("[", 512) + repeated("]", 512)},
        {.payload = repeated("{\"a\":", 512) + "1" + repeated("}", 512)},
        {.payload = R"({"a":1})", .options = {.payload_limit = 8}},
        {.payload = "1e7", .options = {.payload_limit = 8}},
        {.payload = '"' + std::string(262'142, 'x') + '"'},
        {.options = {.queue = std::string(128, 'q')}},
        {.options = {.priority = 0}},
        {.options = {.priority = 3}},
        {.options = {.run_at = std::chrono::system_clock::time_point{}}},
        {.options = {.run_at = far}},
        {.options = {.delay = std::chrono::days{36'500}}},
        {.options = {.max_attempts = 1}},
        {.options = {.max_attempts = 1000}},
        {.options = {.operation_id = "invoice 4711"}},
        {.options = {.operation_id = " "}},
        {.options = {.operation_id = repeated("\u20ac", 170)}},
        {.options = {.operation_id = "01A20139-498C-7C2B-8592-94B8C9CADE08"}},
        {.options = {.operation_id = "01A20139-498C-7C2B-8592-94B8C9CADE08\n"}},
        {.options = {.operation_id = "{01a20139-498c-7c2b-8592-94b8c9cade08}"}},
        {.options = {.operation_id = "01a20139498c7c2b859294b8c9cade08"}},
        {.options = {.tenant = std::string(128, 't')}},
        {.options = {.tenant = "caf\u00e9 \"1\""}},
        {.options = {.unique = unique{.key = std::string(512, 'k')}}},
        {.options = {.unique = unique{.key = "caf\u00e9 \"1\"", .within = std::chrono::days{36'500}}}},
        {.payload = R"({"a": 1, "b": {"c": 2}})", .options = {.unique = unique{.fields = {"a", "b"}}}},
        {.payload = R"({"\u0061": null, "a": 2})",
         .options = {.unique = unique{.fields = {"a"},
                                      .within = 1ms,
                                      .states = {unique::waiting, unique::running, unique::done},
                                      .on_conflict = unique::postpone,
                                      .at_most = 1ms}}},
        {.options = {.unique = unique{.key = "k", .on_conflict = unique::replace}}},
        {.options = {.order_key = std::string(128, 'k')}},
        {.options = {.order_key = "account 42", .order_holds = false}},
        {.options = {.order_holds = false}},
        {.options = {.headers = {{"tenant", "caf\u00e9"}, {"empty", ""}}}},
        {.options = {.headers = {{"a", std::string(16'384 - 9, 'x')}}}},
        {.options = {.headers = {{"a", repeated("\u00e9", 8'187)}}}},
    };
}

std::vector<request> bad_requests() {
    auto const end = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1} + 0s;
    return {
        {.kind = ""},
        {.kind = std::string(129, 'k')},
        {.kind = repeated("\u00e9", 65)},
        {.kind = "\xff"},
        {.payload = ""},
        {.payload = "{"},
        {.payload = "{a: 1}"},
        {.payload = "nothing"},
        {.payload = "NaN"},
        {.payload = R"("\u0000")"},
        {.payload = R"({"\u0000": 1})"},
        {.payload = R"("\ud800")"},
        {.payload = R"("\udc00\ud800")"},
        {.payload = "\"\xed\xa0\x80\""},
        {.payload = "[1e131072]"},
        {.payload = "[1e-16384]"},
        {.payload = repeated("[", 513) + repeated("]", 513)},
        {.payload = repeated("{\"a\":", 513) + "1" + repeated("}", 513)},
        {.payload = repeated("[", 100'000)},
        {.payload = R"({"a":1})", .options = {.payload_limit = 7}},
        {.payload = "1e7", .options = {.payload_limit = 7}},
        {.payload = "[1e131071,1e131071,1e131071]"},
        {.payload = '"' + std::string(262'143, 'x') + '"'},
        {.options = {.payload_limit = 33'554'433}},
        {.options = {.queue = ""}},
        {.options = {.queue = std::string(129, 'q')}},
        {.options = {.queue = "\xff"}},
        {.options = {.priority = -1}},
        {.options = {.priority = 4}},
        {.options = {.run_at = std::chrono::system_clock::time_point{} - 1s}},
        {.options = {.run_at = end}},
        {.options = {.delay = 1s, .run_at = end - 1s}},
        {.options = {.delay = -1ms}},
        {.options = {.delay = std::chrono::days{36'500} + 1ms}},
        {.options = {.max_attempts = 0}},
        {.options = {.max_attempts = 1001}},
        {.options = {.operation_id = std::string(513, 'o')}},
        {.options = {.operation_id = "\xc3"}},
        {.options = {.tenant = std::string(129, 't')}},
        {.options = {.unique = unique{}}},
        {.options = {.unique = unique{.key = std::string(513, 'k')}}},
        {.payload = R"({"a": 1})", .options = {.unique = unique{.key = "k", .fields = {"a"}}}},
        {.payload = R"({"a": 1})", .options = {.unique = unique{.fields = {"a", "b"}}}},
        {.payload = R"({"a": {"b": 1}, "c": "b"})", .options = {.unique = unique{.fields = {"b"}}}},
        {.payload = R"(["a"])", .options = {.unique = unique{.fields = {"a"}}}},
        {.payload = R"("a")", .options = {.unique = unique{.fields = {"a"}}}},
        {.payload = R"({"a": 1})", .options = {.unique = unique{.fields = std::vector<std::string>(17, "a")}}},
        {.options = {.unique = unique{.fields = {std::string(129, 'a')}}}},
        {.options = {.unique = unique{.key = "k", .within = -1ms}}},
        {.options = {.unique = unique{.key = "k", .within = std::chrono::days{36'500} + 1ms}}},
        {.options = {.unique = unique{.key = "k", .states = {unique::done}}}},
        {.options = {.unique = unique{.key = "k", .at_most = 1s}}},
        {.options = {.unique = unique{.key = "k", .on_conflict = unique::postpone, .at_most = -1ms}}},
        {.options = {.order_key = std::string(129, 'k')}},
        {.options = {.headers = {{"", "x"}}}},
        {.options = {.headers = {{"a", std::string(16'385 - 9, 'x')}}}},
        {.options = {.headers = {{"a", repeated("\u00e9", 8'188)}}}},
    };
}

} // namespace

TEST_CASE("C++ and SQL enqueue the same job for the same request") {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
    int number = 0;
    for (auto const& asked : good_requests()) {
        INFO("request " << ++number << ": " << asked.payload.substr(0, 100));
        auto const job = enqueued(connection, by_cpp, asked);
        CHECK(job != refused);
        CHECK(job == enqueued(connection, by_sql, asked));
    }
}

TEST_CASE("C++ and SQL refuse the same requests") {
    database db{database::schema::outbox};
    pqxx::connection connection{db.url()};
    int number = 0;
    for (auto const& asked : bad_requests()) {
        INFO("request " << ++number << ": " << asked.payload.substr(0, 100));
        CHECK(enqueued(connection, by_cpp, asked) == refused);
        CHECK(enqueued(connection, by_sql, asked) == refused);
    }
}
