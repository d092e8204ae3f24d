#include <support/catch.hpp>
#include <support/eventually.hpp>

#include <future>

#include <program/hook_command.hpp>
#include <worker/src/hook_queue.hpp>

using namespace std::chrono_literals;
using namespace txq;

namespace {

failure_report report_of_kind(std::string kind) {
    failure_report report;
    report.job.kind = std::move(kind);
    return report;
}

} // namespace

TEST_CASE("a hook gets reports one after the other in their order") {
    std::string kinds;
    hook_queue hooks{[&](failure_report const& report) { kinds += report.job.kind; }};
    for (auto const* kind : {"a", "b", "c"}) hooks.add(report_of_kind(kind));
    hooks.close(10s);
    CHECK(kinds == "abc");
    CHECK(hooks.dropped() == 0);
}

TEST_CASE("a hook that takes its time holds nobody up and what is too much for it is counted") {
    std::promise<void> entered, leave;
    std::atomic<int> calls{0};
    hook_queue hooks{[&](failure_report const&) {
                         if (calls++ > 0) return;
                         entered.set_value();
                         leave.get_future().wait();
                     },
                     2};
    hooks.add(report_of_kind("a"));
    entered.get_future().wait();
    for (int i = 0; i < 5; ++i) hooks.add(report_of_kind("b"));
    CHECK(hooks.dropped() == 3);
    leave.set_value();
    hooks.close(10s);
    CHECK(calls == 3);
}

TEST_CASE("what a hook throws is nobody else's trouble") {
    std::atomic<int> calls{0};
    hook_queue hooks{[&](failure_report const& report) {
        ++calls;
        if (report.job.kind == "a") throw std::runtime_error{"the tracker is down"};
        throw 42;
    }};
    hooks.add(report_of_kind("a"));
    hooks.add(report_of_kind("b"));
    hooks.close(10s);
    CHECK(calls == 2);
}

TEST_CASE("at the end only the call in progress is waited for") {
    std::promise<void> entered, leave;
    std::atomic<int> calls{0};
    hook_queue hooks{[&](failure_report const&) {
        if (calls++ == 0) entered.set_value();
        leave.get_future().wait();
    }};
    hooks.add(report_of_kind("a"));
    hooks.add(report_of_kind("b"));
    entered.get_future().wait();
    auto const closed = std::async(std::launch::async, [&] { hooks.close(0ms); });
    CHECK(txq::test::eventually([&] { return hooks.dropped() == 1; }));
    leave.set_value();
    closed.wait();
    hooks.add(report_of_kind("c"));
    CHECK(hooks.dropped() == 2);
    CHECK(calls == 1);
}

TEST_CASE("a report is JSON for a command") {
    auto report = report_of_kind("send_mail");
    report.became = failure_report::fate::held;
    report.error = {.type = "smtp:452", .message = "bad \xff byte", .details = {{"n", 1}}, .causes = {{"x", "y"}}};
    report.job.headers = {{"traceparent", "00-1"}};
    auto const document = nlohmann::json::parse(program::json_of(report));
    CHECK(document["became"] == "held");
    CHECK(document["job"]["kind"] == "send_mail");
    CHECK(document["job"]["headers"]["traceparent"] == "00-1");
    CHECK(document["error"]["type"] == "smtp:452");
    CHECK(document["error"]["details"]["n"] == 1);
    CHECK(document["error"]["causes"][0]["type"] == "x");
}
