#include "supervisor.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <map>
#include <stdexcept>
#include <system_error>

#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <txq/detail/exit_code.hpp>
#include <txq/detail/shutdown_signals.hpp>
#include <txq/log.hpp>

#include "fleet.hpp"

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace txq::program {

namespace {

using clock = fleet::clock;

/// As waitpid(2) says that a process has exited with 1.
constexpr int failed_start = 1 << 8;

sigset_t set_of(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (auto const one : signals) sigaddset(&set, one);
    return set;
}

/// How posix_spawn is to set up a child: a group of its own, so that a terminal's Ctrl-C comes once and through us.
class spawn_attributes {
  public:
    spawn_attributes() {
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        auto const none = set_of({});
        ::posix_spawnattr_setsigmask(&attributes_, &none);
    }
    ~spawn_attributes() { ::posix_spawnattr_destroy(&attributes_); }
    spawn_attributes(spawn_attributes const&) = delete;
    spawn_attributes& operator=(spawn_attributes const&) = delete;

    posix_spawnattr_t const* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_;
};

pid_t start(child_program const& what) {
    std::vector<char*> arguments{const_cast<char*>("txq-worker")};
    for (auto const& one : what.arguments) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    spawn_attributes const attributes;
    pid_t pid = -1;
    // this very program, also when its file has been replaced since
    if (auto const failed = ::posix_spawn(&pid, "/proc/self/exe", nullptr, attributes.get(), arguments.data(), environ))
        throw std::system_error{failed, std::generic_category(), "cannot start a process"};
    return pid;
}

/// The processes of a fleet, and the signals that concern it.
class supervisor {
  public:
    explicit supervisor(std::vector<child_program> const& programs)
        : programs_{programs},
          fleet_{programs.size(), clock::now()} {
        auto const heard = set_of({SIGCHLD, SIGTERM, SIGINT});
        ::sigprocmask(SIG_BLOCK, &heard, nullptr);
    }

    int run() {
        while (!fleet_.finished()) {
            start_due();
            on_signal(wait_for_signal());
            collect_ended();
        }
        return left_at_once_ ? exit_code::failed : fleet_.exit_status();
    }

  private:
    void start_due();
    int wait_for_signal() const;
    void on_signal(int signal);
    void collect_ended();
    void on_ended(pid_t pid, int status);
    void send_all(int signal) const;

    std::vector<child_program> const& programs_;
    fleet fleet_;
    std::map<pid_t, std::size_t> running_;
    bool left_at_once_ = false;
    clock::time_point last_signal_{};
};

void supervisor::start_due() {
    for (auto const which : fleet_.take_due(clock::now())) {
        try {
            auto const pid = start(programs_[which]);
            running_[pid] = which;
            log::info("started a process", {{"groups", programs_[which].name}, {"pid", pid}});
        } catch (std::system_error const& failed) { // no memory, say: the others go on meanwhile
            log::error("a process cannot be started, trying again",
                       {{"groups", programs_[which].name}, {"error", failed.what()}});
            fleet_.on_ended(which, failed_start, clock::now());
        }
    }
}

/// 0: time for another start.
int supervisor::wait_for_signal() const {
    auto const heard = set_of({SIGCHLD, SIGTERM, SIGINT});
    auto const next = fleet_.next_start();
    if (!next) return ::sigwaitinfo(&heard, nullptr);
    auto const left = std::max(clock::duration::zero(), *next - clock::now());
    auto const whole = std::chrono::floor<std::chrono::seconds>(left);
    timespec const wait{whole.count(), (left - whole).count()};
    return ::sigtimedwait(&heard, nullptr, &wait);
}

void supervisor::on_signal(int signal) {
    if (signal != SIGTERM && signal != SIGINT) return;
    auto const now = clock::now();
    if (fleet_.stopping() && now - last_signal_ < shutdown_signals::same_signal) return;
    last_signal_ = now;
    auto const told_before = left_at_once_;
    left_at_once_ = fleet_.stopping();
    log::info(left_at_once_ ? "told to leave at once" : "told to stop", {{"processes", running_.size()}});
    fleet_.stop();
    send_all(told_before ? SIGKILL : SIGTERM);
}

void supervisor::collect_ended() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
        if (running_.count(pid) != 0) on_ended(pid, status);
}

void supervisor::on_ended(pid_t pid, int status) {
    auto const which = running_.at(pid);
    running_.erase(pid);
    auto const was_stopping = fleet_.stopping();
    fleet_.on_ended(which, status, clock::now());
    auto const expected = was_stopping && status == 0;
    log::event(expected ? log::level::info : log::level::error, "a process ended",
               {{"groups", programs_[which].name},
                {"pid", pid},
                {"exit_status", WIFEXITED(status) ? WEXITSTATUS(status) : -1},
                {"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0},
                {"starts_again", !fleet_.stopping()}});
    if (fleet_.stopping() && !was_stopping) send_all(SIGTERM);
}

void supervisor::send_all(int signal) const {
    for (auto const& [pid, which] : running_) ::kill(pid, signal);
}

} // namespace

int supervise(std::vector<child_program> const& programs) { return supervisor{programs}.run(); }

void follow(int supervisor_id) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != supervisor_id) throw std::runtime_error{"the process that has started this one is gone"};
}

} // namespace txq::program
