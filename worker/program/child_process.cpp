#include "child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "termination.hpp"

namespace txq::program {

namespace {

/// Within this scope, writing to a pipe that nobody reads is an error of the call and not the end of the process.
class no_sigpipe {
  public:
    no_sigpipe() {
        sigemptyset(&only_);
        sigaddset(&only_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &only_, &before_);
    }
    ~no_sigpipe() {
        timespec const at_once{};
        while (::sigtimedwait(&only_, nullptr, &at_once) < 0 && errno == EINTR) {}
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    no_sigpipe(no_sigpipe const&) = delete;
    no_sigpipe& operator=(no_sigpipe const&) = delete;

  private:
    sigset_t only_;
    sigset_t before_;
};

/// A child while it runs; killed and waited for if the caller gives up.
class running_child {
  public:
    running_child(spawned child, std::string_view input) : child_{std::move(child)}, input_{input} {}
    ~running_child() {
        if (!reaped_) reap();
    }
    running_child(running_child const&) = delete;
    running_child& operator=(running_child const&) = delete;

    /// Waits until there is something to do or the child has ended, and does it.
    void step(int wake, int timeout);
    bool ended() const noexcept { return ended_; }
    void signal_group(int signal) const noexcept { ::kill(-child_.pid, signal); }
    child_end finish(bool was_stopped);

  private:
    void write_input();
    static void read_from(unique_fd& pipe, tail& into, std::size_t at_most);
    int reap() noexcept;

    spawned child_;
    std::string_view input_;
    child_end end_;
    bool ended_ = false;
    bool reaped_ = false;
};

void running_child::step(int wake, int timeout) {
    if (input_.empty()) child_.input.reset();
    std::array<pollfd, 5> events{{{wake, POLLIN, 0},
                                  {child_.ended.get(), POLLIN, 0},
                                  {child_.input.get(), POLLOUT, 0},
                                  {child_.output.get(), POLLIN, 0},
                                  {child_.errors.get(), POLLIN, 0}}};
    if (::poll(events.data(), events.size(), timeout) < 0) {
        if (errno == EINTR) return;
        throw std::system_error{errno, std::generic_category(), "cannot wait for a child"};
    }
    if (events[0].revents != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake, &ignored);
    }
    ended_ = events[1].revents != 0;
    if (events[2].revents != 0) write_input();
    if (events[3].revents != 0) read_from(child_.output, end_.output, std::size_t{64} * 1024);
    if (events[4].revents != 0) read_from(child_.errors, end_.errors, std::size_t{64} * 1024);
}

void running_child::write_input() {
    no_sigpipe const guard;
    auto const written = ::write(child_.input.get(), input_.data(), input_.size());
    if (written >= 0)
        input_.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EAGAIN && errno != EINTR)
        input_ = {}; // it does not want the rest
}

void running_child::read_from(unique_fd& pipe, tail& into, std::size_t at_most) {
    std::array<char, 8192> part;
    for (std::size_t total = 0; pipe.is_open() && total < at_most;) {
        auto const got = ::read(pipe.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return pipe.reset();
        into.append({part.data(), static_cast<std::size_t>(got)});
        total += static_cast<std::size_t>(got);
    }
}

/// The group is killed while its leader, though dead, still has the number: nobody else's group can be hit.
int running_child::reap() noexcept {
    signal_group(SIGKILL);
    int status = 0;
    while (::waitpid(child_.pid, &status, 0) < 0 && errno == EINTR) {}
    reaped_ = true;
    return status;
}

child_end running_child::finish(bool was_stopped) {
    constexpr std::size_t all_there_is = std::size_t{1024} * 1024; // more than a pipe holds, and no endless stream
    end_.status = reap();
    end_.was_stopped = was_stopped;
    read_from(child_.output, end_.output, all_there_is);
    read_from(child_.errors, end_.errors, all_there_is);
    return std::move(end_);
}

} // namespace

child_end run_child(command const& what, std::string_view input, std::stop_token const& stop,
                    patience const& until_killed) {
    unique_fd const wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!wake.is_open()) throw std::system_error{errno, std::generic_category(), "cannot make an eventfd"};
    running_child child{spawn(what), input};
    std::stop_callback const on_stop{stop, [&wake] { ::eventfd_write(wake.get(), 1); }};
    termination stopping;
    while (!child.ended()) {
        auto const left = stopping.has_asked() ? until_killed() : std::chrono::milliseconds{0};
        auto const now = termination::clock::now();
        switch (stopping.next(stop.stop_requested(), left, now)) {
        case termination::action::ask: child.signal_group(SIGTERM); continue;
        case termination::action::kill: child.signal_group(SIGKILL); break;
        case termination::action::nothing: break;
        }
        auto const wait = stopping.wait(left, now);
        child.step(wake.get(), wait ? static_cast<int>(wait->count()) : -1);
    }
    return child.finish(stopping.has_asked());
}

} // namespace txq::program
