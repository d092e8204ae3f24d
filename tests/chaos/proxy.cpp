#include "proxy.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace txq::chaos {

namespace {

/// How long the thread may take to notice what it is told.
constexpr int patience_ms = 5;

sockaddr_un address_in(std::string const& directory) {
    auto const path = directory + "/.s.PGSQL.5432";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error{"too long for a Unix socket: " + path};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

unique_fd listen_in(std::string const& directory) {
    std::filesystem::create_directories(directory);
    auto const address = address_in(directory);
    unique_fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (::bind(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), 128) != 0)
        throw std::system_error{errno, std::generic_category(), directory};
    return socket;
}

unique_fd listen_at(std::string const& address, int& port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
    unique_fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    socklen_t size = sizeof at;
    if (::bind(socket.get(), reinterpret_cast<sockaddr const*>(&at), size) != 0 || ::listen(socket.get(), 128) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0)
        throw std::system_error{errno, std::generic_category(), address};
    port = ntohs(at.sin_port);
    return socket;
}

/// As a server does it that is set up with care. Of no use on Unix sockets, and refused.
void notice_lost_peer(int socket) {
    auto const set = [socket](int level, int option, int value) {
        ::setsockopt(socket, level, option, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 1);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 3000);
}

/// Not open if the server does not listen.
unique_fd connect_to(std::string const& directory) {
    auto const address = address_in(directory);
    unique_fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) return {};
    return socket;
}

/// False at the end of the stream, or when it is broken.
bool read_some(int from, message_stream& into) {
    char part[65536];
    auto const got = ::recv(from, part, sizeof part, MSG_DONTWAIT);
    if (got > 0) into.append({part, static_cast<std::size_t>(got)});
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool write_some(int to, std::string& bytes) {
    if (bytes.empty()) return true;
    auto const sent = ::send(to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) bytes.erase(0, static_cast<std::size_t>(sent));
    return sent >= 0 || errno == EAGAIN || errno == EINTR;
}

constexpr short readable = POLLIN | POLLHUP | POLLERR;

} // namespace

proxy::~proxy() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

std::size_t proxy::add_route(std::string const& directory, std::string const& server_directory) {
    routes_.push_back({server_directory, listen_in(directory)});
    return routes_.size() - 1;
}

proxy::far_route proxy::add_far_route(std::string const& address, std::string const& server_directory) {
    int port = 0;
    routes_.push_back({server_directory, listen_at(address, port)});
    return {routes_.size() - 1, port};
}

void proxy::start() {
    thread_ = std::thread{[this] { run(); }};
}

void proxy::arm_before(std::size_t which) {
    std::lock_guard const lock{mutex_};
    routes_[which].before = 1; // one at a time: a standby would collect many
}

void proxy::arm_after(std::size_t which) {
    std::lock_guard const lock{mutex_};
    routes_[which].after = 1;
}

void proxy::stall(std::size_t which, bool on) {
    std::lock_guard const lock{mutex_};
    if (on && !routes_[which].stalled) ++counts_.stalls;
    routes_[which].stalled = on;
}

void proxy::redirect(std::string const& from_directory, std::string const& to_directory) {
    std::lock_guard const lock{mutex_};
    for (auto& one : routes_)
        if (one.server_directory == from_directory) one.server_directory = to_directory;
}

void proxy::heal() {
    std::lock_guard const lock{mutex_};
    for (auto& one : routes_) {
        one.before = one.after = 0;
        one.stalled = false;
    }
}

proxy::counts proxy::so_far() const {
    std::lock_guard const lock{mutex_};
    return counts_;
}

void proxy::run() {
    while (!stopping_) round();
}

void proxy::round() {
    std::vector<pollfd> wanted;
    std::vector<link*> of;
    {
        std::lock_guard const lock{mutex_};
        for (auto const& one : routes_) wanted.push_back({one.stalled ? -1 : one.listener.get(), POLLIN, 0});
        for (auto& one : links_) {
            if (routes_[one.route].stalled) continue;
            auto const events = [](std::string const& waiting) {
                return static_cast<short>(waiting.empty() ? POLLIN : POLLIN | POLLOUT);
            };
            wanted.push_back({one.client.get(), events(one.to_client), 0});
            wanted.push_back({one.server.get(), events(one.to_server), 0});
            of.push_back(&one);
        }
    }
    if (::poll(wanted.data(), wanted.size(), patience_ms) <= 0) return;
    std::lock_guard const lock{mutex_};
    auto at = routes_.size();
    for (auto* one : of) {
        serve(*one, wanted[at].revents, wanted[at + 1].revents);
        at += 2;
    }
    for (std::size_t i = 0; i < routes_.size(); ++i)
        if (wanted[i].revents != 0) accept_from(i);
    links_.remove_if([](link const& one) { return one.lost; });
}

void proxy::accept_from(std::size_t number) {
    unique_fd client{::accept4(routes_[number].listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (client.get() < 0) return;
    notice_lost_peer(client.get());
    auto server = connect_to(routes_[number].server_directory);
    if (server.get() < 0) return; // and the client's is closed
    ++counts_.connections;
    links_.push_back({.route = number, .client = std::move(client), .server = std::move(server)});
}

void proxy::serve(link& one, short client_events, short server_events) {
    auto alive = true;
    try {
        if (client_events & readable) alive = read_some(one.client.get(), one.from_client);
        while (auto message = one.from_client.next()) {
            on_client_message(one, *message);
            if (one.lost) return;
        }
        if (server_events & readable) alive = read_some(one.server.get(), one.from_server) && alive;
        while (auto message = one.from_server.next()) {
            on_server_message(one, *message);
            if (one.lost) return;
        }
    } catch (std::runtime_error const&) { alive = false; }
    alive = write_some(one.server.get(), one.to_server) && alive;
    alive = write_some(one.client.get(), one.to_client) && alive;
    if (!alive) one.lost = true;
}

void proxy::on_client_message(link& one, std::string const& message) {
    auto const what = makes_permanent(message, one.status);
    auto& way = routes_[one.route];
    if (what != permanence::none && one.withheld == permanence::none && way.before > 0) {
        --way.before;
        ++(what == permanence::commit ? counts_.commits_before : counts_.statements_before);
        one.lost = true;
        return;
    }
    if (what != permanence::none && one.withheld == permanence::none && way.after > 0) {
        --way.after;
        one.withheld = what;
    }
    one.to_server += message;
}

void proxy::on_server_message(link& one, std::string const& message) {
    if (is_ready_for_query(message)) one.status = message[5];
    if (one.withheld == permanence::none) {
        one.to_client += message;
        return;
    }
    one.failed = one.failed || says_failed(message);
    if (!is_ready_for_query(message)) return;
    if (one.failed)
        ++counts_.failed_after;
    else
        ++(one.withheld == permanence::commit ? counts_.commits_after : counts_.statements_after);
    one.lost = true;
}

} // namespace txq::chaos
