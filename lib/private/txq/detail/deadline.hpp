#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace txq {

class deadline_watch;

/// Closes a connection whose server keeps it open and does not answer, such as one that was stopped by a signal: who
/// waits for the answer gets an error then, as from any lost connection. One thread counts for all of a process. Time
/// for which the process itself was stopped does not count.
class deadline {
  public:
    /// The socket stays the caller's. limit: rounded up to quarters of a second; zero: none.
    deadline(int socket, std::string whose, std::chrono::milliseconds limit);
    ~deadline();
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;

    /// While one of these lives, an answer is due. Each one has the whole limit, and so has an outer one after it.
    class scope {
      public:
        explicit scope(deadline& of) : of_{of} { of_.begin(); }
        ~scope() { of_.end(); }
        scope(scope const&) = delete;
        scope& operator=(scope const&) = delete;

      private:
        deadline& of_;
    };

    /// Closes the connection now. Any thread.
    void expire() noexcept;

    /// A step of the counting thread. `may_expire`: too many at a time are not closed, see deadline_watch.
    /// Returns whether the connection was closed.
    bool on_step(bool may_expire) noexcept;

  private:
    void begin() noexcept;
    void end() noexcept;

    int const socket_; // a duplicate: the connection's own may be another one's as soon as it is closed
    std::string const whose_;
    int const steps_;
    std::atomic<int> left_;
    int depth_ = 0;
    std::shared_ptr<deadline_watch> const watch_;
};

} // namespace txq
