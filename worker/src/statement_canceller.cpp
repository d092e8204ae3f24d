#include "statement_canceller.hpp"

#include <exception>

#include <txq/detail/waiter.hpp>
#include <txq/log.hpp>

#include "ending.hpp"

namespace txq {

namespace {

constexpr std::chrono::milliseconds between_requests{100};

void cancel_statement(session& db) noexcept {
    try {
        db.connection().cancel_query();
    } catch (std::exception const& failed) {
        log::debug("could not cancel a statement", {{"error", printable(failed.what())}});
    }
}

void cancel_until(std::stop_token const& over, session& db) {
    waiter pause{over};
    do cancel_statement(db);
    while (pause.wait_for(between_requests) == waiter::reason::time);
}

} // namespace

statement_canceller::statement_canceller(session& db, std::stop_token stop)
    : db_{db},
      on_stop_{std::move(stop), [this] { begin(); }} {}

void statement_canceller::begin() noexcept {
    try {
        thread_ = std::jthread{[&db = db_](std::stop_token const& over) { cancel_until(over, db); }};
    } catch (std::exception const&) { // no thread to be had
        cancel_statement(db_);
    }
}

} // namespace txq
