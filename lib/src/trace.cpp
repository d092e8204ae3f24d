#include <txq/trace.hpp>

#include <algorithm>
#include <utility>

namespace txq {

namespace {

thread_local std::string current_traceparent;

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

/// version-trace-parent-flags, as in 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
bool is_traceparent(std::string_view text) {
    if (text.size() != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
    auto const version = text.substr(0, 2);
    auto const trace = text.substr(3, 32);
    auto const parent = text.substr(36, 16);
    auto const flags = text.substr(53, 2);
    if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return false;
    return version != "ff" && !is_zero(trace) && !is_zero(parent);
}

} // namespace

trace_scope::trace_scope(std::string traceparent)
    : previous_{std::exchange(current_traceparent, is_traceparent(traceparent) ? std::move(traceparent) : "")} {}

trace_scope::~trace_scope() { current_traceparent = std::move(previous_); }

std::string_view trace_scope::current() noexcept { return current_traceparent; }

} // namespace txq
