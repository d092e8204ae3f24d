#include "statement_canceller.hpp"

#include <atomic>
#include <exception>

#include <txq/detail/waiter.hpp>
#include <txq/log.hpp>

namespace txq {

namespace {

constexpr std::chrono::milliseconds between_requests{100};
constexpr std::chrono::seconds patience{5}; // as long as a worker that stops waits for handlers

/// Requests to cancel what a session runs, each on a thread that nobody waits for: libpq waits for the server as long
/// as that lets it.
class cancel_requests {
  public:
    explicit cancel_requests(std::shared_ptr<session> db) : shared_{std::make_shared<shared>(std::move(db))} {}

    /// Nothing while one is under way.
    void send() {
        if (shared_->under_way.exchange(true)) return;
        try {
            std::thread{[state = shared_] { send(*state); }}.detach();
        } catch (std::exception const&) { // no thread to be had
            shared_->under_way = false;
        }
    }

  private:
    struct shared {
        explicit shared(std::shared_ptr<session> of) : db{std::move(of)} {}
        std::shared_ptr<session> const db;
        std::atomic<bool> under_way{false};
    };

    static void send(shared& state) noexcept {
        try {
            state.db->connection().cancel_query();
        } catch (std::exception const&) { // the next one may do better
        }
        state.under_way = false;
    }

    std::shared_ptr<shared> const shared_;
};

void cancel_until(std::stop_token const& over, std::shared_ptr<session> const& db) {
    waiter pause{over};
    cancel_requests requests{db};
    auto const give_up_at = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < give_up_at) {
        requests.send();
        if (pause.wait_for(between_requests) != waiter::reason::time) return;
    }
    log::warning("a handler that was asked to stop has not ended its transaction: closing its connection");
    db->give_up();
}

} // namespace

statement_canceller::statement_canceller(std::shared_ptr<session> db, std::stop_token stop)
    : db_{std::move(db)},
      on_stop_{std::move(stop), [this] { begin(); }} {}

void statement_canceller::begin() noexcept {
    try {
        thread_ = std::jthread{[db = db_](std::stop_token const& over) { cancel_until(over, db); }};
    } catch (std::exception const&) { // no thread to be had
        db_->give_up();
    }
}

} // namespace txq
