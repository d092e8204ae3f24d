#include <support/catch.hpp>

#include <txq/testing.hpp>
#include <txq/trace.hpp>

using namespace std::chrono_literals;
using namespace txq;
using testing::inline_worker;
using testing::memory_outbox;

namespace {

struct note {
    static constexpr std::string_view kind = "note";
    int n;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(note, n)

struct send_nothing {
    static constexpr std::string_view kind = "send_nothing";
    int n;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(send_nothing, n)

/// An outbox with its clock.
struct bench {
    txq::testing::clock time;
    memory_outbox outbox{time};
};

registry handlers_of(auto handler, handler_options options = {}) {
    registry handlers;
    handlers.add("test", std::move(handler), std::move(options));
    return handlers;
}

std::string became(std::vector<txq::testing::attempt_end> const& ran) {
    std::string words;
    for (auto const& one : ran) words += (words.empty() ? "" : " ") + one.became;
    return words;
}

} // namespace

TEST_CASE("a memory outbox keeps whatever was said of a job") {
    bench on;
    trace_scope const trace{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
    auto const id = enqueue(on.outbox, note{7},
                            {.queue = "mail", .priority = 1, .delay = 10s, .max_attempts = 3, .operation_id = "one"});
    auto const job = on.outbox.only();
    CHECK(job.id == id);
    CHECK(job.as<note>().n == 7);
    CHECK(job.options.queue == "mail");
    CHECK(job.options.priority == 1);
    CHECK(job.options.max_attempts == 3);
    CHECK(job.options.operation_id == "one");
    CHECK(job.options.headers.at("traceparent") == trace_scope::current());
    CHECK(job.due() == on.time.now() + 10s);
}

TEST_CASE("every way to enqueue ends in a memory outbox") {
    bench on;
    enqueue(on.outbox, note{1});
    enqueue(on.outbox, "note", R"({"n": 2})");
    enqueue_many(on.outbox, std::vector{note{3}, note{4}});
    auto const ids = enqueue_many(
        on.outbox, "note", std::vector<new_job>{{R"({"n": 5})", "five"}, {R"({"n": 6})", "six"}}, {.queue = "q"});
    std::string all;
    for (auto const& one : on.outbox.all_of<note>()) all += std::to_string(one.n);
    CHECK(all == "123456");
    CHECK(on.outbox.all().back().id == ids.back());
    CHECK(on.outbox.all().back().options.operation_id == "six");
    CHECK(on.outbox.all().back().options.queue == "q");
    CHECK(enqueue_many(on.outbox, std::vector<note>{}).empty());
}

TEST_CASE("a memory outbox is not given what a real one would refuse") {
    bench on;
    auto const code_of = [&](auto step) {
        try {
            step();
        } catch (error const& refused) { return refused.code(); }
        return errc::not_found;
    };
    CHECK(code_of([&] { enqueue(on.outbox, "note", "{"); }) == errc::bad_payload);
    CHECK(code_of([&] { enqueue(on.outbox, "", "{}"); }) == errc::bad_kind);
    CHECK(code_of([&] { enqueue(on.outbox, note{1}, {.priority = 9}); }) == errc::bad_priority);
    CHECK(code_of([&] { enqueue(on.outbox, note{1}, {.operation_id = std::string(600, 'x')}); }) ==
          errc::bad_operation_id);
    CHECK(code_of([&] {
              enqueue_many(on.outbox, "note", std::vector<new_job>{{.payload = "{}"}, {.payload = "["}});
          }) == errc::bad_payload);
    CHECK(on.outbox.empty());
}

TEST_CASE("the only job is asked for and there are others or none") {
    bench on;
    CHECK_THROWS_WITH(on.outbox.only(), "no job was enqueued");
    enqueue(on.outbox, note{1});
    CHECK_THROWS_AS(on.outbox.only().as<send_nothing>(), std::logic_error);
    enqueue(on.outbox, "other", "{}");
    CHECK_THROWS_WITH(on.outbox.only(),
                      Catch::Matchers::Contains("several jobs were enqueued:\n  note {\"n\":1}\n  other {}"));
    CHECK(on.outbox.of_kind("other").size() == 1);
    on.outbox.clear();
    CHECK(on.outbox.empty());
}

TEST_CASE("the clock of a test goes forward only") {
    txq::testing::clock time;
    auto const start = time.now();
    time.advance(90s);
    CHECK(time.now() == start + 90s);
    CHECK_THROWS_AS(time.advance(-1s), std::invalid_argument);
    CHECK_THROWS_AS(time.advance_to(start), std::invalid_argument);
}

TEST_CASE("jobs run inline in the order of their priority and then of their enqueue") {
    bench on;
    std::string order;
    inline_worker worker{handlers_of([&](raw_job const& job, context&) { order += job.payload; }), on.outbox, on.time};
    enqueue(on.outbox, "test", "1");
    enqueue(on.outbox, "test", "2", {.priority = 0});
    enqueue(on.outbox, "test", "3");
    CHECK(became(worker.run_due()) == "completed completed completed");
    CHECK(order == "213");
    CHECK(worker.run_due().empty());
}

TEST_CASE("jobs of an order run inline one after the other") {
    bench on;
    std::string order;
    auto const handler = [&](raw_job const& job, context&) {
        order += job.payload;
        return order == "1" ? outcome::snooze(1min) : outcome::complete();
    };
    inline_worker worker{handlers_of(handler), on.outbox, on.time};
    enqueue(on.outbox, "test", "1", {.order_key = "a"});
    auto const second = enqueue(on.outbox, "test", "2", {.priority = 0, .order_key = "a"});
    enqueue(on.outbox, "test", "3", {.order_key = "b"});
    enqueue(on.outbox, "test", "4", {.queue = "other", .order_key = "a"});
    worker.run_due();
    CHECK(order == "134");
    CHECK(worker.state_of(second) == "waiting");
    worker.run_all();
    CHECK(order == "13412"); // the first one again, a minute later, and then the second
}

TEST_CASE("a job that dies inline keeps its order back unless it was said to go on") {
    bench on;
    auto const goes_on = GENERATE(false, true);
    int done = 0;
    auto const handler = [&](raw_job const& job, context&) {
        if (job.payload == "1") throw std::runtime_error{"no"};
        ++done;
    };
    inline_worker worker{handlers_of(handler), on.outbox, on.time};
    enqueue(on.outbox, "test", "1", {.max_attempts = 1, .order_key = "a", .order_holds = !goes_on});
    auto const second = enqueue(on.outbox, "test", "2", {.order_key = "a"});
    CHECK(worker.run_all().size() == (goes_on ? 2 : 1));
    CHECK(done == (goes_on ? 1 : 0));
    CHECK(worker.state_of(second) == (goes_on ? "completed" : "waiting"));
}

TEST_CASE("jobs that a handler enqueues are run as well") {
    bench on;
    inline_worker worker{handlers_of([&](raw_job const& job, context&) {
                             auto const n = std::stoi(job.payload);
                             if (n > 0) enqueue(on.outbox, "test", std::to_string(n - 1));
                         }),
                         on.outbox, on.time};
    enqueue(on.outbox, "test", "3");
    CHECK(worker.run_due().size() == 4);
}

TEST_CASE("a failed job is tried again when the clock says so and dies when its attempts are used up") {
    bench on;
    inline_worker worker{handlers_of(
                             [](raw_job const&, context&) {
                                 throw job_error{"no", {.type = "busy"}};
                             },
                             {.retry = exponential_backoff{.first = 1s, .jitter = 1}}),
                         on.outbox, on.time};
    auto const id = enqueue(on.outbox, "test", "{}", {.max_attempts = 3});
    auto const first = worker.run_due();
    REQUIRE(first.size() == 1);
    CHECK(first[0].error->type == "busy");
    CHECK(first[0].delay == 1s);
    CHECK(worker.state_of(id) == "scheduled");
    CHECK(worker.next_due() == on.time.now() + 1s);
    CHECK(worker.run_due().empty());
    on.time.advance(1s);
    CHECK(worker.state_of(id) == "ready");
    CHECK(worker.run_due()[0].delay == 2s);

    auto const start = on.time.now();
    CHECK(became(worker.run_all()) == "dead");
    CHECK(on.time.now() == start + 2s);
    CHECK(worker.state_of(id) == "dead");
    CHECK_FALSE(worker.next_due());
}

TEST_CASE("policies and outcomes decide inline as they do in a worker") {
    bench on;
    retry_policy const policy{{{.types = {"hold"}, .then = to_held{}}, {.types = {"drop"}, .then = to_discarded{}}},
                              to_dead{}};
    inline_worker worker{handlers_of(
                             [](raw_job const& job, context&) -> outcome {
                                 auto const what = nlohmann::json::parse(job.payload).get<std::string>();
                                 if (what == "snooze") return outcome::snooze(1h);
                                 if (what == "discard") return outcome::discard("not needed");
                                 throw job_error{"no", {.type = what}};
                             },
                             {.retry = policy}),
                         on.outbox, on.time};
    for (auto const* what : {"hold", "drop", "other", "discard", "snooze"})
        enqueue(on.outbox, "test", nlohmann::json(what).dump(), {.max_attempts = 1});
    CHECK(became(worker.run_due()) == "held discarded dead discarded scheduled");
    on.time.advance(1h);
    CHECK(worker.run_due()[0].job.attempt == 1);
}

TEST_CASE("a second job of an operation is not run again inline") {
    bench on;
    int calls = 0;
    inline_worker worker{handlers_of([&](raw_job const&, context&) { ++calls; }), on.outbox, on.time};
    enqueue(on.outbox, "test", "1", {.operation_id = "order 1"});
    enqueue(on.outbox, "test", "2", {.operation_id = "order 1"});
    enqueue(on.outbox, "test", "3", {.operation_id = "order 2"});
    auto const ran = worker.run_due();
    CHECK(calls == 2);
    CHECK(ran[1].duplicate);
    CHECK_FALSE(ran[2].duplicate);
}

TEST_CASE("what cannot be run inline is said or left") {
    bench on;
    registry handlers;
    handlers.add("in_database", [](raw_job const&, context&, pqxx::work&) {});
    handlers.add("endless", [](raw_job const&, context&) { return outcome::snooze(1s); });
    inline_worker worker{handlers, on.outbox, on.time};
    auto const unknown = enqueue(on.outbox, "nobody's", "{}");
    CHECK(worker.run_all().empty());
    CHECK(worker.state_of(unknown) == "ready");
    CHECK(worker.state_of(uuid{}).empty());
    enqueue(on.outbox, "endless", "{}");
    CHECK_THROWS_WITH(worker.run_all(50), Catch::Matchers::Contains("50 attempts were not enough"));
    enqueue(on.outbox, "in_database", "{}", {.priority = 0});
    CHECK_THROWS_WITH(worker.run_due(), Catch::Matchers::Contains("in_database takes a transaction"));
}

TEST_CASE("a trace goes from a job to those that its handler enqueues inline") {
    bench on;
    inline_worker worker{handlers_of([&](raw_job const& job, context&) {
                             if (job.payload == "1") enqueue(on.outbox, "test", "2");
                         }),
                         on.outbox, on.time};
    std::string const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    enqueue(on.outbox, "test", "1", {.headers = {{"traceparent", trace}}});
    worker.run_due();
    CHECK(on.outbox.all().back().options.headers.at("traceparent") == trace);
}
