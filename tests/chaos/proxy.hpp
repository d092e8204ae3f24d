#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

#include <worker/program/unique_fd.hpp>

#include "wire.hpp"

namespace txq::chaos {

using program::unique_fd;

/// Stands between programs and PostgreSQL servers, on Unix sockets, and can lose connections at the moments that
/// matter.
///
/// A route is a directory that takes the place of a server's. Routes are added first, then start() makes a thread that
/// serves all of them until this ends; the other functions may be called by any thread.
class proxy {
  public:
    struct counts {
        long long commits_before = 0; ///< connections lost before a COMMIT reached the server
        long long commits_after = 0;  ///< after it took effect, before the answer was returned
        long long statements_before = 0;
        long long statements_after = 0;
        long long failed_after = 0; ///< those of the two kinds "after" that the server had not done
        long long stalls = 0;
        long long connections = 0;
    };

    proxy() = default;
    ~proxy();
    proxy(proxy const&) = delete;
    proxy& operator=(proxy const&) = delete;

    /// The route's number. `directory` is made.
    std::size_t add_route(std::string const& directory, std::string const& server_directory);
    /// The same for an address, over TCP, where a peer that has gone without a word is noticed within a few seconds.
    /// The port is chosen by the system.
    struct far_route {
        std::size_t number;
        int port;
    };
    far_route add_far_route(std::string const& address, std::string const& server_directory);
    void start();

    /// The next connection of a route that sends something to be made permanent is lost before it is sent on, or before
    /// the answer is.
    void arm_before(std::size_t route);
    void arm_after(std::size_t route);
    /// Nothing gets through, in either direction, until it is told to again; what was sent meanwhile does then.
    void stall(std::size_t route, bool on);
    /// Routes to a server lead to another one from now on.
    void redirect(std::string const& from_directory, std::string const& to_directory);
    /// Takes all but that back: what comes gets through.
    void heal();

    counts so_far() const;

  private:
    struct route {
        std::string server_directory;
        unique_fd listener;
        int before = 0;
        int after = 0;
        bool stalled = false;
    };
    struct link {
        std::size_t route;
        unique_fd client;
        unique_fd server;
        message_stream from_client{message_stream::from::client};
        message_stream from_server{message_stream::from::server};
        std::string to_client{};
        std::string to_server{};
        char status = '-';                      ///< of the session, '-' until it has begun
        permanence withheld = permanence::none; ///< whose answer is not to be returned
        bool failed = false;                    ///< so the withheld answer says
        bool lost = false;
    };

    void run();
    void round();
    void accept_from(std::size_t number);
    void serve(link& one, short client_events, short server_events);
    void on_client_message(link& one, std::string const& message);
    void on_server_message(link& one, std::string const& message);

    mutable std::mutex mutex_;
    std::vector<route> routes_;
    std::list<link> links_;
    counts counts_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace txq::chaos
