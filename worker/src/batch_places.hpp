#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

#include <txq/detail/session.hpp>

#include "admission.hpp"
#include "attempt.hpp"
#include "kept_places.hpp"
#include "shared_state.hpp"

namespace txq {

/// What a locker's batches hold of limits that the database counts job by job. Others do not see in the database which
/// jobs are locked, so what a batch holds is written, by a session of its own, before any of its handlers begins, and
/// is there until the transaction that ends the batch, or for a moment longer if the next one can do with it. One batch
/// at a time; one thread.
class batch_places {
  public:
    using attempts = std::vector<std::shared_ptr<attempt>>;
    using clock = kept_places::clock;

    /// `crew`: on which the batches' jobs run.
    batch_places(shared_state& state, crew const& crew);

    /// Whether all jobs of a batch may begin. False: each has to be asked for alone, under a lease. Where none is
    /// counted, or what is kept will do, nobody is asked. After an exception nobody knows what it holds: see abandon().
    bool take(attempts const& locked);

    /// In the transaction that completes the batch's jobs or leases them, at any time before its end, since nobody
    /// sees it before that: gives back what it holds, unless that is kept.
    void end(session& database, pqxx::transaction_base& tx);
    /// The same, and nothing is kept.
    void leave(session& database, pqxx::transaction_base& tx);
    /// In the same transaction: what has been leased there holds places for itself.
    void hand_over(session& database, pqxx::transaction_base& tx, attempts const& leased);
    /// That transaction has been committed: lets parked jobs have what has become free.
    void on_ended(session& database);

    bool keeps() const { return kept_.any(); }
    /// Between batches, whether or not there will be another: when to give back what is kept; max(): nothing is.
    clock::time_point kept_until() const { return kept_.until(); }
    bool overdue(clock::time_point now) const { return kept_.overdue(now); }
    void give_back(session& database);

    /// No batch runs, and nobody knows what is held: that, and what the server may still write when it gets round to
    /// it, is given back by the limiter.
    void abandon();

  private:
    /// What a batch's jobs have to be asked for as.
    struct demand {
        std::int64_t worker;
        kept_places::many_names of;         ///< all of them, and what is kept already
        std::vector<std::string_view> rows; ///< of jobs whose payloads some limit asks for
        /// How many of the others there are of a queue, kind and tenant.
        std::map<std::tuple<std::string_view, std::string_view, std::string_view>, int, std::less<>> alike;
        bool any_key; ///< whether to hold places of whichever key, if that can be
    };

    demand demand_of(attempts const& locked, kept_places::many_names of, clock::time_point now) const;
    bool ask(demand const& what);
    bool holds_any() const { return kept_.any() || !held_.empty(); }
    bool connect();
    pq::params mine() const; ///< of leave_batch

    shared_state& state_;
    crew const crew_;
    int locker_;
    std::unique_ptr<session> database_;
    std::int64_t worker_ = 0; // who has asked last
    bool admitted_ = false;   // a batch, as far as is known
    bool left_ = false;       // in the transaction that ends it
    std::vector<limit_places> held_;
    kept_places kept_;
};

} // namespace txq
