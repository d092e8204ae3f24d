#include "worker_steps.hpp"

#include <txq/detail/embedded.hpp>

#include "hand.hpp"

namespace txq::interleavings {

hand_ptr worker(world& in, int who) { return std::make_shared<hand>(in, who, in.register_worker()); }

step claim(hand_ptr const& own) {
    return {"claim_jobs", [own] { return claim_one(own); }, [own](answer const& jobs) { own->take(jobs); }};
}

step lock(hand_ptr const& own) {
    return {"lock_jobs", [own] { return lock_one(own); }, [own](answer const& jobs) { own->take(jobs); }};
}

step complete(hand_ptr const& own) {
    return {"complete_jobs", if_any(own, [own] { return question{.what = &sql::complete_jobs, .with = own->named()}; }),
            [own](answer const& ended) {
                own->keep_only(ended);
                own->all_accepted();
            }};
}

step complete_locked(hand_ptr const& own) {
    return {"complete_locked_jobs",
            if_any(own, [own] { return question{.what = &sql::complete_locked_jobs, .with = {own->rows()}}; }),
            [own](answer const& ended) { own->lost = !ended.sqlstate.empty(); },
            {"23505"}};
}

step lease(hand_ptr const& own) {
    return {"lease_jobs", if_any(own, [own] { return question{.what = &sql::lease_jobs, .with = own->named()}; }),
            [own](answer const& leased) { own->keep_only(leased); }};
}

step commit() {
    return {"commit", [] { return question{.text = "commit"}; }, {}};
}

step commit_and_end(hand_ptr const& own) {
    return {"commit", [] { return question{.text = "commit"}; },
            [own](answer const&) {
                if (!own->lost) own->end_all();
            }};
}

step lose_session() {
    return {"lose the session", [] { return question{.new_session = true}; }, {}};
}

step beat(hand_ptr const& own) {
    return {"beat",
            [own] {
                return question{.what = &sql::beat, .with = {own->worker(), "1", "test:1"}};
            },
            [own](answer const& known) {
                if (known.rows.empty()) own->end_all(); // found dead: it stops its handlers
            }};
}

namespace {

step record(hand_ptr const& own) {
    return {"record_operation",
            if_any(own,
                   [own] {
                       auto const& one = own->first();
                       return question{.what = &sql::record_operation,
                                       .with = {one.operation, one.job, "default", "test", "1", ""},
                                       .begins = true};
                   }),
            [own](answer const& recorded) { own->recorded = !recorded.rows.empty(); }};
}

step effect(hand_ptr const& own) {
    return {"effect",
            [own] {
                if (!own->recorded) return question{};
                return question{.text = "insert into effects values ($1::uuid)", .with = {own->first().operation}};
            },
            {}};
}

step complete_in_transaction(hand_ptr const& own) {
    return {"complete_job",
            [own] {
                if (!own->recorded) return question{};
                auto const& one = own->first();
                return question{.what = &sql::complete_job, .with = {own->worker(), one.job, one.fence}};
            },
            [own](answer const& ended) { own->completed = !ended.rows.empty(); }};
}

/// A duplicate is left to the recorder, which is here whoever comes after.
step end_transaction(hand_ptr const& own) {
    return {"commit or rollback",
            if_any(own, [own] { return question{.text = own->completed ? "commit" : "rollback"}; }),
            [own](answer const&) {
                if (!own->empty() && own->recorded && !own->completed)
                    own->world_.refused(own->who_, own->worker_, own->first().job);
                own->end_all();
            }};
}

} // namespace

script find_dead(world& in, hand_ptr const& whom) {
    auto const locked = std::make_shared<bool>(false);
    return {{"lock_worker",
             [whom] { return question{.what = &sql::lock_worker, .with = {whom->worker()}, .begins = true}; },
             [locked](answer const& found) { *locked = !found.rows.empty(); }},
            {"rescue_jobs",
             [whom, locked] {
                 if (!*locked) return question{}; // another time
                 return question{.what = &sql::rescue_jobs, .with = {whom->worker(), "0", "3"}};
             },
             {}},
            {"commit", [] { return question{.text = "commit"}; }, [&in](answer const&) { in.look_for_the_dead(); }}};
}

script in_transaction(hand_ptr const& own) {
    return {claim(own), record(own), effect(own), complete_in_transaction(own), end_transaction(own)};
}

script under_lock(hand_ptr const& own) { return {lock(own), complete_locked(own), commit_and_end(own)}; }

script under_lease(hand_ptr const& own) { return {claim(own), complete(own)}; }

} // namespace txq::interleavings
