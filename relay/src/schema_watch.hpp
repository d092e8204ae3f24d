#pragma once

#include <chrono>

namespace txq::relay {

class source;
class destination;

/// Looks now and then whether a migration has left this program behind. One thread.
class schema_watch {
  public:
    using clock = std::chrono::steady_clock;

    /// Of two that have just connected, and with that have looked.
    schema_watch(source& from, destination& to);

    /// A look if it is time for one. Throws error (schema_too_new), and failure where a connection is lost; what else
    /// goes wrong keeps nobody from moving jobs.
    void step(clock::time_point now);
    /// Now.
    void look(clock::time_point now);

  private:
    source& from_;
    destination& to_;
    clock::time_point next_look_;
};

} // namespace txq::relay
