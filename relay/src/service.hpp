#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include <txq/detail/backoff.hpp>
#include <txq/detail/connection_info.hpp>
#include <txq/detail/once_a_minute.hpp>
#include <txq/detail/waiter.hpp>
#include <txq/detail/watchdog.hpp>

#include "mover.hpp"

namespace txq::relay {

class schema_watch;

struct settings {
    connection_info source{};
    connection_info queue{};
    read_limit limit{};
    when_lost lost_commits = when_lost::stop;
    /// How often to look into an outbox that has been empty for a while.
    std::chrono::milliseconds poll_interval{20};
    /// How often to remove what has been moved.
    std::chrono::milliseconds rotate_interval{std::chrono::seconds{30}};
    /// How often a standby tries to become the active relay, and one that has stopped asks whether it may go on.
    std::chrono::milliseconds standby_interval{500};
    /// Connections are those of a PgBouncer that pools transactions: no lock says which relay is active.
    bool pooled = false;
    /// Move what is there and return.
    bool once = false;
    /// How long it goes on without having got through to both databases before on_give_up is called; zero: for ever.
    std::chrono::milliseconds give_up_after{0};
    /// Called on a thread of its own, and meant to end the process: the relay's own thread may hang.
    std::function<void()> on_give_up = [] {};
};

/// A relay from its start to its end: stands by while another one is active, moves jobs, connects again when a
/// connection is lost.
class service {
  public:
    service(settings how, std::stop_token stop);

    /// Until stop is requested; the batch in hand is finished. Throws error (schema_missing, schema_too_old,
    /// schema_too_new), and failure and stopped only with `once`: else what fails is tried again for ever.
    void run();

  private:
    enum class state { starting, standing_by, stopped, active };

    bool serve();
    bool become_active(source& from, destination& to, schema_watch& schemas);
    bool begin(mover& jobs, source& from, destination& to);
    void wait_for_a_word(source& from, destination& to, outbox_key const& of);
    bool keep_moving(mover& jobs, depth_watch& depths, schema_watch& schemas);
    bool nothing_left(source& from, destination& to);
    void change_to(state now);
    void on_failure(failure const& failed);
    void on_stopped(stopped const& why);
    /// Jobs are moved, or there are none.
    void on_moving();
    /// Both databases answer.
    void on_working();

    settings const how_;
    watchdog watchdog_{how_.give_up_after, how_.on_give_up};
    waiter waiter_;
    backoff waits_;
    state state_ = state::starting;
    std::int64_t followed_ = 0; ///< the last batch of the relay that this one waits for
    std::string trouble_{};     ///< what failed last
    int tries_ = 0;             ///< how often something has failed since all was well
    once_a_minute failures_;
};

} // namespace txq::relay
