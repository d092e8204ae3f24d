#include <txq/trace.hpp>

#include <utility>

namespace txq {

namespace {
thread_local std::string current_traceparent;
}

trace_scope::trace_scope(std::string traceparent)
    : previous_{std::exchange(current_traceparent, std::move(traceparent))} {}

trace_scope::~trace_scope() { current_traceparent = std::move(previous_); }

std::string_view trace_scope::current() noexcept { return current_traceparent; }

} // namespace txq
