#include "child.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <txq/error.hpp>

#include "names.hpp"
#include "proc.hpp"

namespace txq::bench {

namespace {

using namespace std::chrono_literals;

std::vector<char*> pointers_to(std::vector<std::string> const& texts) {
    std::vector<char*> pointers;
    for (auto const& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> with_our_environment(child::variables const& added) {
    std::vector<std::string> all;
    for (auto const& [name, value] : added) all.push_back(name + '=' + value);
    for (auto* const* one = environ; *one != nullptr; ++one) all.emplace_back(*one);
    return all; // the first of a name counts
}

/// In the child, where only what is safe in a signal handler may be called.
[[noreturn]] void become(char** command, char** environment, int log) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0); // a terminal's Ctrl-C is for the bench, which tells the others itself
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execve(command[0], command, environment);
    ::_exit(127);
}

std::string end_of(std::filesystem::path const& file) {
    std::ifstream in{file};
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    constexpr std::size_t most = 600;
    return text.size() > most ? "..." + text.substr(text.size() - most) : text;
}

double seconds(timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

} // namespace

child::child(std::filesystem::path program, std::vector<std::string> const& arguments, variables const& environment,
             std::filesystem::path log)
    : program_{std::move(program)},
      log_{std::move(log)} {
    std::vector<std::string> command{program_.string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto const all = with_our_environment(environment);
    auto command_pointers = pointers_to(command);
    auto environment_pointers = pointers_to(all);
    auto const output = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0) throw std::system_error{errno, std::generic_category(), log_.string()};
    id_ = ::fork();
    if (id_ == 0) become(command_pointers.data(), environment_pointers.data(), output);
    ::close(output);
    if (id_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
}

child::child(child&& other) noexcept
    : program_{std::move(other.program_)},
      log_{std::move(other.log_)},
      id_{std::exchange(other.id_, -1)},
      status_{other.status_},
      ended_{other.ended_},
      cpu_seconds_{other.cpu_seconds_},
      peak_memory_{other.peak_memory_} {}

child::~child() {
    if (id_ < 0 || !running()) return;
    ::kill(id_, SIGKILL);
    reap(true);
}

bool child::reap(bool wait) {
    if (ended_) return true;
    rusage used{};
    pid_t ended = 0;
    do ended = ::wait4(id_, &status_, wait ? 0 : WNOHANG, &used);
    while (ended < 0 && errno == EINTR);
    if (ended != id_) return false;
    ended_ = true;
    cpu_seconds_ = seconds(used.ru_utime) + seconds(used.ru_stime);
    return true;
}

bool child::running() { return !reap(false); }

double child::cpu_seconds() {
    if (!running()) return cpu_seconds_;
    auto const now = proc::look_at(id_);
    return now ? now->cpu_seconds : cpu_seconds_;
}

std::int64_t child::peak_memory() {
    if (!ended_)
        if (auto const now = proc::peak_memory(id_); now > 0) peak_memory_ = now;
    return peak_memory_;
}

void child::complain() {
    throw std::runtime_error{name() +
                             (WIFSIGNALED(status_) ? " was killed by signal " + std::to_string(WTERMSIG(status_))
                                                   : " ended with status " + std::to_string(WEXITSTATUS(status_))) +
                             "; it wrote:\n" + end_of(log_)};
}

void child::require_running() {
    if (!running()) complain();
}

void child::wait() {
    while (running()) { // not rusage's memory, which begins with that of the process that was forked
        peak_memory();
        std::this_thread::sleep_for(1ms);
    }
    if (!WIFEXITED(status_) || WEXITSTATUS(status_) != 0) complain();
}

void child::stop(std::chrono::milliseconds patience) {
    peak_memory();
    if (running()) ::kill(id_, SIGTERM);
    for (auto const until = std::chrono::steady_clock::now() + patience; running();) {
        if (std::chrono::steady_clock::now() > until) ::kill(id_, SIGKILL);
        std::this_thread::sleep_for(5ms);
    }
    wait();
}

std::filesystem::path program_beside(std::string const& name) {
    auto const program = this_program().parent_path() / name;
    if (!std::filesystem::exists(program))
        throw error{errc::bad_configuration,
                    program.string() + " is not there: txq bench measures the programs beside it"};
    return program;
}

std::filesystem::path find_plugin() {
    auto const directory = this_program().parent_path();
    for (auto const& place : {directory / plugin_file, directory / TXQ_BENCH_PLUGIN_DIR / plugin_file})
        if (std::filesystem::exists(place)) return std::filesystem::canonical(place);
    throw error{errc::bad_configuration, std::string{"the bench's handlers, "} + plugin_file + ", are neither in " +
                                             directory.string() + " nor in " +
                                             (directory / TXQ_BENCH_PLUGIN_DIR).string()};
}

} // namespace txq::bench
