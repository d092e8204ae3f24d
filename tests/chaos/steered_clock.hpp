#pragma once

#include <chrono>
#include <string>

namespace txq::chaos {

/// The wall clock of some processes, such as the servers of a site, which can be stepped. How long they wait for does
/// not change with it. Takes Debian's package `faketime`; without it, nothing happens.
class steered_clock {
  public:
    /// `file`: where it is written how far it is off. Removed at the end.
    explicit steered_clock(std::string file);
    ~steered_clock();
    steered_clock(steered_clock const&) = delete;
    steered_clock& operator=(steered_clock const&) = delete;

    /// Whether the package is there.
    static bool possible();
    /// The same for programs of this build: not if that has a sanitizer.
    static bool possible_for_programs();
    /// Removes what the package's library leaves in shared memory of a process that was killed.
    static void clean_up_after(int process);
    /// What a process must have in its environment, with spaces between; empty: it cannot be steered.
    std::string environment() const;
    /// The same for a program that waits with Asio's timers.
    std::string program_environment() const;
    /// How far it is off the machine's clock from now on. False if it cannot be.
    bool set(std::chrono::seconds offset);
    std::chrono::seconds offset() const { return offset_; }

  private:
    std::string environment_with(std::string const& libraries) const;

    std::string file_;
    std::string library_;
    std::chrono::seconds offset_{0};
};

} // namespace txq::chaos
