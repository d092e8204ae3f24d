#pragma once

#include <string>
#include <string_view>

namespace txq {

/// The W3C trace context (https://www.w3.org/TR/trace-context/) that jobs enqueued by this thread are given, as the
/// header `traceparent`, unless their options have one. A worker sets it around a handler to that of the job, so that
/// it is carried on; an application may set it to that of the request it serves.
class trace_scope {
  public:
    /// What is not a traceparent means none, as the W3C has it: it often comes from a stranger's request, which must
    /// not make an enqueue fail. The previous one returns when the scope ends, which must be on the same thread.
    explicit trace_scope(std::string traceparent);
    ~trace_scope();
    trace_scope(trace_scope const&) = delete;
    trace_scope& operator=(trace_scope const&) = delete;

    /// This thread's traceparent; empty if there is none. Valid until the scope changes.
    static std::string_view current() noexcept;

  private:
    std::string previous_;
};

} // namespace txq
