#include "link.hpp"

#include <algorithm>

#include <txq/detail/schema.hpp>
#include <txq/detail/unsafe_settings.hpp>

namespace txq::relay {

namespace {

/// The outbox is asked many times a second. A relay that has not for so long hangs, and its lock is for another one.
constexpr std::chrono::milliseconds longest_silence = std::chrono::minutes{1};
constexpr std::chrono::milliseconds never{0};
/// Nothing takes long between two statements of a transaction, and other relays wait for what it has added: for no more
/// than a part of the time that a statement of theirs has.
constexpr std::chrono::milliseconds longest_silence_within = std::chrono::seconds{10};

/// Without the details, which may hold a job's payload, and without libpq's line feed at the end.
std::string message_of(std::exception const& failed) {
    std::string message{failed.what()};
    if (!pq::sqlstate(failed).empty()) message.resize(std::min(message.size(), message.find('\n')));
    while (!message.empty() && message.back() == '\n') message.pop_back();
    return message;
}

} // namespace

bool failure::refuses_data() const noexcept {
    // data exception, constraint violation, program limit exceeded (such as a text of a gigabyte)
    return sqlstate_.starts_with("22") || sqlstate_.starts_with("23") || sqlstate_.starts_with("54");
}

template <typename Action>
auto link::guarded(Action action) {
    try {
        return action();
    } catch (pqxx::failure const& failed) {
        throw failure{name_, classify(failed), pq::sqlstate(failed), message_of(failed)};
    }
}

link::link(side which, connection_info const& where, bool pooled)
    : which_{which},
      name_{std::string{name(which)} + " at " + where.describe()} {
    guarded([&] {
        session_.emplace(session::options{.where = where,
                                          // txq status goes by that where no lock says that there is a relay
                                          .name = pooled && which == side::outbox ? "txq-relay pooled" : "txq-relay",
                                          .idle_timeout = which == side::outbox ? longest_silence : never,
                                          .idle_in_transaction_timeout = longest_silence_within,
                                          .pooled = pooled});
        auto const row = session_->run(sql::database_identity)[0];
        identity_ = {.database = row["database"].c_str(), .timeline = row["timeline"].as<std::int64_t>()};
        if (!row["writable"].as<bool>()) throw pqxx::broken_connection{"the server is a read-only standby"};
        check_schema(*session_, which);
        warn_of_unsafe_settings(*session_, name_);
    });
}

void link::check_not_outdated() {
    guarded([&] { txq::check_not_outdated(*session_, which_); });
}

pqxx::result link::run(statement const& what, pq::params const& with) {
    return guarded([&] { return session_->run(what, with); });
}

void link::together(std::function<void(runner const& run)> const& steps) {
    guarded([&] {
        auto const bounded = session_->bound();
        pqxx::work tx{session_->connection()};
        session_->begin(tx);
        steps([&](statement const& what, pq::params const& with) { return session_->run(tx, what, with); });
        tx.commit();
    });
}

} // namespace txq::relay
