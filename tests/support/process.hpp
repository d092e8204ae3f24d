#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

namespace txq::test {

/// Where it was built, or the name itself, for $PATH, if it was not.
std::string find_program(std::string const& name);

/// A program of txq's or any other, run beside the test; killed when this ends or the test's process dies. One thread.
class process {
  public:
    /// The program is looked up among the built ones (bin/), then in $PATH.
    explicit process(std::vector<std::string> const& command);
    ~process();
    process(process const&) = delete;
    process& operator=(process const&) = delete;

    pid_t id() const noexcept { return id_; }
    bool running();
    void send(int signal);
    /// Until it has ended: its exit status, or 128 and the number of the signal that ended it. Fails after 30 seconds.
    int wait();
    /// What it has written so far to standard output and standard error.
    std::string output() const;
    /// How long ago it wrote last, or was started.
    std::chrono::microseconds silent_for() const;

  private:
    bool reap();

    pid_t id_ = -1;
    int output_ = -1;
    int ended_with_ = -1; // -1 while it runs
};

} // namespace txq::test
