#include <support/catch.hpp>
#include <support/eventually.hpp>
#include <support/scratch.hpp>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <latch>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <program/child_process.hpp>

using namespace std::chrono_literals;
using namespace txq::program;
using namespace txq::test;

namespace {

command shell(std::string const& script) {
    return {"/bin/sh", {"sh", "-c", script}, {"PATH=/usr/bin:/bin", "GREETING=hello"}};
}

child_end run(command const& what, std::string_view input = "", std::stop_token const& stop = {},
              std::chrono::milliseconds grace = 10s) {
    return run_child(what, input, stop, [grace] { return grace; });
}

int exit_status(child_end const& end) { return WIFEXITED(end.status) ? WEXITSTATUS(end.status) : -1; }
int signal_of(child_end const& end) { return WIFSIGNALED(end.status) ? WTERMSIG(end.status) : 0; }
std::string output(child_end const& end) { return std::string{end.output.bytes()}; }
std::string errors(child_end const& end) { return std::string{end.errors.bytes()}; }

/// Waits for a file with a process id in it, which the script has written.
pid_t pid_in(std::string const& file) {
    pid_t pid = 0;
    REQUIRE(eventually([&] { return bool(std::ifstream{file} >> pid) && pid > 0; }));
    return pid;
}

long open_files() {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

} // namespace

TEST_CASE("a child gets its input and its environment and its exit status is told") {
    auto const end = run(shell("cat; echo $GREETING; echo woe >&2; exit 3"), "the payload;");
    CHECK(exit_status(end) == 3);
    CHECK(output(end) == "the payload;hello\n");
    CHECK(errors(end) == "woe\n");
    CHECK_FALSE(end.was_stopped);
}

TEST_CASE("a child's arguments are given as they are") {
    auto const end = run({"/bin/sh", {"sh", "-c", "printf '%s|' \"$@\"", "sh", "a b", "", "'; exit 1", "$HOME"}, {}});
    CHECK(output(end) == "a b||'; exit 1|$HOME|");
}

TEST_CASE("a child that is killed by a signal is told apart") {
    CHECK(signal_of(run(shell("kill -SEGV $$"))) == SIGSEGV);
}

TEST_CASE("a program that cannot be run is an error that names it") {
    CHECK_THROWS_AS(run({"/nonexistent/program", {"x"}, {}}), std::system_error);
    CHECK_THROWS_WITH(run({"/etc/passwd", {"x"}, {}}), Catch::Matchers::Contains("/etc/passwd"));
}

TEST_CASE("a child need not read what it is given") {
    std::string const large(1 << 20, 'x');
    CHECK(exit_status(run(shell("exit 0"), large)) == 0);
    CHECK(exit_status(run(shell("exec <&-; echo closed"), large)) == 0);
    CHECK(exit_status(run(shell("head -c 10 >&2"), large)) == 0);
}

TEST_CASE("an input and an output that are larger than a pipe do not wait for each other") {
    std::string const large(1 << 20, 'x');
    auto const end = run(shell("tee /dev/stderr | wc -c"), large);
    CHECK(exit_status(end) == 0);
    CHECK(output(end).find("1048576") != std::string::npos);
    CHECK(end.errors.is_cut());
    CHECK(errors(end) == std::string(kept_output, 'x'));
}

TEST_CASE("the end of what a child writes to standard error is kept") {
    auto const end = run(shell("seq 1 100000 >&2; echo the reason >&2; exit 1"));
    CHECK(end.errors.bytes().size() == kept_output);
    CHECK(errors(end).ends_with("\n100000\nthe reason\n"));
}

TEST_CASE("a child that is told to stop gets SIGTERM and may take its time") {
    scratch const files;
    std::stop_source stop;
    std::jthread const later{[&] {
        pid_in(files.file("ready"));
        stop.request_stop();
    }};
    auto const end =
        run(shell("trap 'echo bye; exit 7' TERM; echo $$ >" + files.file("ready") + "; while :; do sleep 0.01; done"),
            "", stop.get_token());
    CHECK(end.was_stopped);
    CHECK(exit_status(end) == 7);
    CHECK(output(end) == "bye\n");
}

TEST_CASE("a child that ignores SIGTERM is killed with all that it has started") {
    scratch const files;
    std::stop_source stop;
    pid_t grandchild = 0;
    std::jthread const later{[&] {
        grandchild = pid_in(files.file("grandchild"));
        stop.request_stop();
    }};
    auto const script =
        "trap '' TERM; sh -c 'echo $$ >" + files.file("grandchild") + "; exec sleep 1000' & sleep 1000; sleep 1000";
    auto const end = run(shell(script), "", stop.get_token(), 20ms);
    CHECK(end.was_stopped);
    CHECK(signal_of(end) == SIGKILL);
    CHECK(eventually([&] { return is_gone(grandchild); }));
}

TEST_CASE("a child that must stop before it has begun is stopped at once") {
    std::stop_source stop;
    stop.request_stop();
    auto const end = run(shell("sleep 1000"), "", stop.get_token());
    CHECK(end.was_stopped);
    CHECK(signal_of(end) == SIGTERM);
}

TEST_CASE("what a child leaves running ends with it and does not hold up its end") {
    scratch const files;
    auto const end = run(shell("sleep 1000 & echo $! >" + files.file("left") + "; echo done >&2"));
    CHECK(exit_status(end) == 0);
    CHECK(errors(end) == "done\n");
    auto const left = pid_in(files.file("left"));
    CHECK(eventually([&] { return is_gone(left); }));
}

TEST_CASE("a daemon that keeps standard error open does not hold up its parent's end") {
    scratch const files;
    auto const end = run(shell("setsid sh -c 'echo $$ >" + files.file("daemon") + "; exec sleep 1000' & while [ ! -s " +
                               files.file("daemon") + " ]; do sleep 0.01; done; exit 4"));
    CHECK(exit_status(end) == 4);
    auto const daemon = pid_in(files.file("daemon"));
    CHECK_FALSE(is_gone(daemon));
    ::kill(daemon, SIGKILL);
}

TEST_CASE("a child has three file descriptors and the signals' defaults and nothing else") {
    int const leaked = ::open("/dev/null", O_RDONLY); // as a careless library would, without O_CLOEXEC
    ::signal(SIGPIPE, SIG_IGN);
    auto const files = run({"/bin/ls", {"ls", "/proc/self/fd"}, {}});
    auto const status = run({"/bin/cat", {"cat", "/proc/self/status"}, {}});
    ::signal(SIGPIPE, SIG_DFL);
    ::close(leaked);
    CHECK(output(files) == "0\n1\n2\n3\n"); // the last one is the directory itself
    CHECK_THAT(output(status), Catch::Matchers::Contains("SigBlk:\t0000000000000000"));
    CHECK_THAT(output(status), Catch::Matchers::Contains("SigIgn:\t0000000000000000"));
}

TEST_CASE("many children at once leave no zombie and no open file") {
    auto const before = open_files();
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 25; ++n) good += exit_status(run(shell("cat >/dev/null; exit 9"), "x")) == 9;
            });
    }
    CHECK(good == 200);
    CHECK(open_files() == before);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
}

TEST_CASE("a child does not outlive the thread that has started it") {
    scratch const files;
    auto const worker = ::fork();
    REQUIRE(worker >= 0);
    if (worker == 0) {
        run_child(shell("echo $$ >" + files.file("child") + "; exec sleep 1000"), "", {}, [] { return 10s; });
        ::_exit(0);
    }
    auto const child = pid_in(files.file("child"));
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
    CHECK(eventually([&] { return is_gone(child); }));
}
