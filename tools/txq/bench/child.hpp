#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace txq::bench {

/// A program of txq's that runs beside the bench and is measured; killed with it. One thread.
class child {
  public:
    using variables = std::vector<std::pair<std::string, std::string>>;

    /// Starts a program. What it writes goes to a file.
    child(std::filesystem::path program, std::vector<std::string> const& arguments, variables const& environment,
          std::filesystem::path log);
    ~child();
    child(child&& other) noexcept;
    child& operator=(child&&) = delete;

    pid_t id() const noexcept { return id_; }
    bool running();
    /// CPU seconds so far, also after its end.
    double cpu_seconds();
    /// The most memory it has had, in bytes; 0: not known.
    std::int64_t peak_memory();
    std::string name() const { return program_.filename().string(); }

    /// Throws if it has ended, with what it wrote last.
    void require_running();
    /// Waits for its end. Throws unless it ends well.
    void wait();
    /// Tells it to stop and waits for its end, which is violent after `patience`.
    void stop(std::chrono::milliseconds patience = std::chrono::seconds{20});

  private:
    bool reap(bool wait);
    [[noreturn]] void complain();

    std::filesystem::path program_;
    std::filesystem::path log_;
    pid_t id_ = -1;
    int status_ = 0;
    bool ended_ = false;
    double cpu_seconds_ = 0;
    std::int64_t peak_memory_ = 0;
};

/// A program of the same build or package: beside this one.
std::filesystem::path program_beside(std::string const& name);
/// The plugin with the bench's handlers. Throws error (bad_configuration) if it is not where it is installed.
std::filesystem::path find_plugin();

} // namespace txq::bench
