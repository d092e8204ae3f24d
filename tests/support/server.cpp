#include "server.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <unistd.h>

#include <pqxx/pqxx>

#include <txq/embedded_migrations.hpp>

namespace txq::test {

namespace {

void wait_until_gone(pid_t process) {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (::kill(process, 0) == 0 || errno != ESRCH) {
        if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error{"the server does not end"};
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

std::string new_directory() {
    static std::atomic<int> number{0};
    return "/var/tmp/txq-test-server-" + std::to_string(::getpid()) + '-' + std::to_string(++number);
}

} // namespace

server::server() : server{to_come{}} { start(); }

server::server(to_come) : home_{new_directory()} {}

server::server(standby_of which) : server{to_come{}} { pg("follow " + which.primary.home_); }

server::~server() {
    try {
        thaw();
    } catch (std::exception const&) { // it does not run
    }
    try {
        pg("remove");
    } catch (std::exception const&) { // it has been tried
    }
}

void server::pg(std::string const& command) const {
    auto const line = "TXQ_PG_HOME=" + home_ + " TXQ_PG_ENV='" + environment_ + "' " + TXQ_SOURCE_DIR +
                      "/tools/dev/pg " + command + " >/dev/null";
    if (std::system(line.c_str()) != 0) throw std::runtime_error{"failed: " + line};
}

std::string server::url(std::string const& name) const { return "host=" + home_ + " user=postgres dbname=" + name; }

void server::back_up() {
    stop();
    copy("data", "data.kept");
    start();
}

void server::restore() {
    stop();
    copy("data.kept", "data");
    start();
}

void server::copy(std::string const& from, std::string const& to) const {
    auto const line = "cd " + home_ + " && rm -rf " + to + " && cp -a " + from + ' ' + to;
    if (std::system(line.c_str()) != 0) throw std::runtime_error{"failed: " + line};
}

void server::execute(std::string const& sql) const {
    pqxx::connection connection{url()};
    pqxx::nontransaction{connection}.exec(sql);
}

std::string server::make_database(std::string const& name) {
    execute("create database " + name);
    pqxx::connection connection{url(name)};
    for (auto const& one : embedded_migrations) {
        pqxx::work tx{connection};
        tx.exec("set client_min_messages = warning");
        tx.exec(std::string{one.text});
        tx.commit();
    }
    return url(name);
}

void server::start() { pg("start"); }

void server::stop() { pg("stop"); }

std::vector<std::string> server::follow_command(server const& primary) const {
    return {"env",    "TXQ_PG_HOME=" + home_, "TXQ_PG_ENV=" + environment_, TXQ_SOURCE_DIR "/tools/dev/pg",
            "follow", primary.home_};
}

void server::promote() { pg("promote"); }

pid_t server::main_process() const {
    pid_t process = 0;
    std::ifstream{home_ + "/data/postmaster.pid"} >> process;
    if (process <= 0) throw std::runtime_error{"the server does not run"};
    return process;
}

void server::crash() {
    auto const process = main_process();
    if (::kill(process, SIGQUIT) != 0) throw std::runtime_error{"there is no server to crash"};
    wait_until_gone(process);
}

/// The main one first.
std::vector<pid_t> server::processes() const {
    std::vector<pid_t> all{main_process()};
    auto const main = std::to_string(all.front());
    std::ifstream children{"/proc/" + main + "/task/" + main + "/children"};
    for (pid_t child; children >> child;) all.push_back(child);
    return all;
}

/// To the main one first: from then on there are no new ones.
std::vector<pid_t> server::send_all(int signal) const {
    if (::kill(main_process(), signal) != 0) throw std::runtime_error{"there is no server to send a signal to"};
    auto all = processes();
    for (auto const process : all) ::kill(process, signal);
    return all;
}

std::vector<pid_t> server::freeze() const { return send_all(SIGSTOP); }

void server::thaw() const { send_all(SIGCONT); }

void server::kill_one(std::size_t number) const {
    auto const all = processes();
    if (all.size() == 1) throw std::runtime_error{"there is no process to kill"};
    ::kill(all[1 + number % (all.size() - 1)], SIGKILL);
}

void server::kill() {
    if (::kill(main_process(), SIGKILL) != 0) throw std::runtime_error{"there is no server to kill"};
}

} // namespace txq::test
