#include "spawn.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace txq::program {

namespace {

struct pipe_ends {
    unique_fd read;
    unique_fd write;
};

[[noreturn]] void fail(std::string const& what, int error = errno) {
    throw std::system_error{error, std::generic_category(), what};
}

pipe_ends make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("cannot make a pipe");
    return {unique_fd{ends[0]}, unique_fd{ends[1]}};
}

void do_not_block(unique_fd const& fd) {
    if (::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK) != 0) fail("cannot set up a pipe");
}

std::vector<char*> pointers_to(std::vector<std::string> const& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto const& text : texts) pointers.push_back(const_cast<char*>(text.c_str())); // execve(2) does not write
    pointers.push_back(nullptr);
    return pointers;
}

/// Everything that the child needs between fork and exec, where it may not allocate: another thread may have held the
/// allocator's lock at the fork.
struct child_plan {
    char const* file;
    char* const* arguments;
    char* const* environment;
    int input;
    int output;
    int errors;
    int report;
    pid_t parent;
};

void default_signals() noexcept {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The child's side. Only calls that are safe in a signal handler.
[[noreturn]] void become(child_plan const& plan) noexcept {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(EXIT_FAILURE); // it died before it could be asked about
    ::dup2(plan.input, STDIN_FILENO);
    ::dup2(plan.output, STDOUT_FILENO);
    ::dup2(plan.errors, STDERR_FILENO);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // also those that a library has opened without that flag
    default_signals();
    ::execve(plan.file, plan.arguments, plan.environment);
    int const why = errno;
    static_cast<void>(::write(plan.report, &why, sizeof why));
    ::_exit(EXIT_FAILURE);
}

/// No handler of ours may run in the child, where it would speak for the parent.
class all_signals_blocked {
  public:
    all_signals_blocked() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    all_signals_blocked(all_signals_blocked const&) = delete;
    all_signals_blocked& operator=(all_signals_blocked const&) = delete;

  private:
    sigset_t before_;
};

pid_t fork_into(child_plan const& plan) {
    all_signals_blocked const quiet;
    auto const pid = ::fork();
    if (pid < 0) fail("cannot start a process");
    if (pid == 0) become(plan);
    return pid;
}

/// The reason why the child could not be executed; 0 if it has been.
int error_reported_by(unique_fd const& report) {
    int why = 0;
    while (::read(report.get(), &why, sizeof why) < 0 && errno == EINTR) {}
    return why;
}

void end(pid_t pid) {
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
}

} // namespace

spawned spawn(command const& what) {
    auto input = make_pipe();
    auto output = make_pipe();
    auto errors = make_pipe();
    auto report = make_pipe();
    for (auto const* ours : {&input.write, &output.read, &errors.read}) do_not_block(*ours);
    auto const arguments = pointers_to(what.arguments);
    auto const environment = pointers_to(what.environment);

    auto const pid = fork_into({what.file.c_str(), arguments.data(), environment.data(), input.read.get(),
                                output.write.get(), errors.write.get(), report.write.get(), ::getpid()});
    report.write.reset();
    unique_fd ended{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    int const no_pidfd = ended.is_open() ? 0 : errno;
    int const not_executed = error_reported_by(report.read);
    if (not_executed != 0 || no_pidfd != 0) {
        end(pid);
        if (not_executed != 0) fail("cannot run " + what.file, not_executed);
        fail("cannot watch a process; Linux 5.3 is needed", no_pidfd);
    }
    return {pid, std::move(ended), std::move(input.write), std::move(output.read), std::move(errors.read)};
}

} // namespace txq::program
