#pragma once

#include <functional>

#include "bench.hpp"

namespace txq::bench {

/// Lets so many sessions do the same at once, each on a thread of its own; they are connected before any of them
/// begins. Throws what one of them has thrown, once all have ended.
class crowd {
  public:
    crowd(bench& with, int sessions);
    void run(std::function<void(session&)> const& each);

  private:
    void run_all(std::function<void(session&)> const& each);

    bench& with_;
    std::vector<std::unique_ptr<session>> sessions_;
};

} // namespace txq::bench
