#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace txq::chaos {

/// The wall clock of some processes, such as the servers of a site, which can be stepped. How long they wait for does
/// not change with it.
class steered_clock {
  public:
    /// `file`: where it is written how far it is off. Beside it lies what is preloaded into the processes, which may be
    /// another user's. Both are removed at the end.
    explicit steered_clock(std::string file);
    ~steered_clock();
    steered_clock(steered_clock const&) = delete;
    steered_clock& operator=(steered_clock const&) = delete;

    /// Whether programs of this build can be steered: not if that has a sanitizer.
    static bool possible_for_programs();
    /// What a process must have in its environment, with a space between.
    std::string environment() const;
    /// How far it is off the machine's clock from now on.
    void set(std::chrono::seconds offset);
    std::chrono::seconds offset() const;

  private:
    std::string file_;
    std::string library_;
    std::int64_t* offset_; // in the file, which its processes have mapped as well
};

} // namespace txq::chaos
