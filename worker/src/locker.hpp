#pragma once

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <txq/detail/backoff.hpp>
#include <txq/detail/session.hpp>

#include "batch_places.hpp"
#include "claim_desk.hpp"
#include "executor.hpp"
#include "lasting_trouble.hpp"
#include "limited_claims.hpp"
#include "locked_batch.hpp"
#include "recorder.hpp"

namespace txq {

/// A thread that claims jobs by locks: in one transaction it claims a batch, has it run, and records what has
/// completed. Connects when it first has something to do.
class locker {
  public:
    /// Of the group that it works for; they outlive it.
    struct surroundings {
        shared_state& state;
        worker_group const& options;
        limited_claims& claims;
        claim_desk& desk;
        executor& handlers;
        recorder& endings;
        txq::crew const& crew;
    };

    explicit locker(surroundings const& where);
    /// Waits for the batch that is under way; the desk has to be closed.
    ~locker();

  private:
    using attempts = std::vector<locked_batch::pointer>;

    void run();
    void give_places_back();
    void claim(claim_loop::claim const& asked);
    void check_locks(pqxx::work& tx, attempt const& locked);
    attempts lock(pqxx::work& tx, claim_under_way& asking);
    attempts lock_part(pqxx::work& tx, std::string const& queue, limited_claims::part const& what);
    attempts lock_at(pqxx::work& tx, std::string const& queue, limited_claims::part const& what, int wanted,
                     lookout::look const& look);
    void lease_all(pqxx::work& tx, attempts claimed);
    std::shared_ptr<locked_batch> begin(attempts const& claimed);
    void finish(pqxx::work& tx, locked_batch& batch);
    std::set<uuid> lease(pqxx::transaction_base& tx, attempts those);
    std::set<uuid> go_on(pqxx::work& tx, attempts const& those);
    /// `claimed_by`: the process on the server of the session that has locked them.
    void save(locked_batch& batch, attempts const& claimed, int claimed_by);
    attempts unlocked(pqxx::work& tx, attempts those);
    void settle(locked_batch& batch, bool completed_recorded, std::set<uuid> const& leased);

    surroundings const where_;
    std::int64_t worker_ = 0; // whose the jobs of a batch are
    std::unique_ptr<session> database_;
    batch_places places_;
    backoff waits_;
    lasting_trouble trouble_;
    once_a_minute refusals_; // of leases
    std::thread thread_;     // last: it uses everything above
};

} // namespace txq
