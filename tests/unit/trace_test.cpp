#include <support/catch.hpp>

#include <string>
#include <thread>

#include <txq/trace.hpp>

using txq::trace_scope;

namespace {

std::string const first = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
std::string const second = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

} // namespace

TEST_CASE("a trace scope lasts until its end and gives way to the one around it") {
    CHECK(trace_scope::current() == "");
    {
        trace_scope const outer{first};
        CHECK(trace_scope::current() == first);
        {
            trace_scope const inner{second};
            CHECK(trace_scope::current() == second);
            trace_scope const none{""};
            CHECK(trace_scope::current() == "");
        }
        CHECK(trace_scope::current() == first);
    }
    CHECK(trace_scope::current() == "");
}

TEST_CASE("a trace scope is that of its thread alone") {
    trace_scope const here{first};
    std::string there = "unset";
    std::jthread{[&] { there = trace_scope::current(); }}.join();
    CHECK(there == "");
}

TEST_CASE("what is not a traceparent counts as none") {
    for (auto const& text :
         {std::string{"x"}, first + "-more", first.substr(0, 54), "ff" + first.substr(2), "0G" + first.substr(2),
          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01" + std::string{},
          std::string{"00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"},
          std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01"}, std::string(55, '\0'),
          std::string(100'000, '0')}) {
        trace_scope const scope{text};
        CHECK(trace_scope::current() == "");
    }
}
