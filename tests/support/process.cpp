#include "process.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace txq::test {

std::string find_program(std::string const& name) {
    auto const built = TXQ_PROGRAMS "/" + name;
    return std::filesystem::exists(built) ? built : name;
}

namespace {

/// In the child, where only what is safe in a signal handler may be called.
[[noreturn]] void become(char** command, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp(command[0], command);
    static char const complaint[] = "the program cannot be started\n";
    [[maybe_unused]] auto const written = write(STDERR_FILENO, complaint, sizeof complaint - 1);
    _exit(127);
}

} // namespace

process::process(std::vector<std::string> const& command) {
    auto const program = find_program(command.at(0));
    std::vector<char*> pointers{const_cast<char*>(program.c_str())};
    for (std::size_t i = 1; i < command.size(); ++i) pointers.push_back(const_cast<char*>(command[i].c_str()));
    pointers.push_back(nullptr);
    output_ = memfd_create("output", MFD_CLOEXEC);
    if (output_ < 0) throw std::system_error{errno, std::generic_category(), "memfd_create"};
    id_ = fork();
    if (id_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
    if (id_ == 0) become(pointers.data(), output_);
}

process::~process() {
    if (running()) {
        send(SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    close(output_);
}

bool process::reap() {
    int status = 0;
    if (ended_with_ < 0 && waitpid(id_, &status, WNOHANG) == id_)
        ended_with_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return ended_with_ >= 0;
}

bool process::running() { return !reap(); }

void process::send(int signal) {
    if (running()) kill(id_, signal);
}

int process::wait() {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    while (!reap()) {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error{"waited two minutes for a program to end; it has written:\n" + output()};
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return ended_with_;
}

std::string process::output() const {
    std::string text;
    char part[4096];
    for (ssize_t got; (got = pread(output_, part, sizeof part, static_cast<off_t>(text.size()))) > 0;)
        text.append(part, static_cast<std::size_t>(got));
    return text;
}

std::chrono::microseconds process::silent_for() const {
    using std::chrono::system_clock;
    struct stat known {};
    if (fstat(output_, &known) != 0) throw std::system_error{errno, std::generic_category(), "fstat"};
    auto const written = std::chrono::seconds{known.st_mtim.tv_sec} + std::chrono::nanoseconds{known.st_mtim.tv_nsec};
    auto const silent = system_clock::now().time_since_epoch() - written;
    return std::max(std::chrono::duration_cast<std::chrono::microseconds>(silent), std::chrono::microseconds{0});
}

} // namespace txq::test
