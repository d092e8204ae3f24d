#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <txq/detail/once_a_minute.hpp>

namespace txq::relay {

class source;
class destination;

/// A queue that has as many waiting jobs as it may have, or more.
struct full_queue {
    std::string queue;
    std::int64_t max_depth = 0;
    bool refuses = false;

    friend bool operator==(full_queue const&, full_queue const&) = default;
};

/// Tells those who enqueue which queues are full, where they can read it. One thread.
class depth_watch {
  public:
    using clock = std::chrono::steady_clock;

    depth_watch(source& from, destination& to) : from_{from}, to_{to} {}

    /// Now and then it looks. Throws failure where a connection is lost; what else goes wrong is logged.
    void step(clock::time_point now);

  private:
    void look(clock::time_point now);
    void say(std::vector<full_queue> const& full, clock::time_point now);
    void tell(std::vector<full_queue> const& full) const;

    source& from_;
    destination& to_;
    std::vector<full_queue> full_;
    clock::time_point next_look_{};
    clock::time_point next_word_{}; // to be said again by then
    once_a_minute failures_;
};

} // namespace txq::relay
