#include "batch_steps.hpp"

#include <txq/detail/embedded.hpp>

#include "hand.hpp"

namespace txq::interleavings {

namespace {

/// Nothing is asked for a batch that did not get places.
std::function<question()> if_admitted(hand_ptr const& own, std::function<question()> ask) {
    return [own, ask = std::move(ask)] { return own->admitted ? ask() : question{}; };
}

step lock_for_batch(hand_ptr const& own) {
    return {"lock_jobs", [own] { return lock_one(own); }, [own](answer const& jobs) { own->claim(jobs); }};
}

/// On another session: what holds the locks stays in its transaction. A worker that was found dead gets none.
step admit_batch(hand_ptr const& own) {
    return {"admit_batch",
            if_any(own,
                   [own] {
                       return question{.what = &sql::admit_batch,
                                       .with = {own->worker(), "1", "1", own->rows(), "{}", "{}", "{}", "{}", "false"},
                                       .beside = true};
                   }),
            [own](answer const& admitted) {
                own->admitted = !admitted.rows.empty();
                if (own->admitted) own->begin_all();
            },
            {"23503"}};
}

step leave_batch(hand_ptr const& own) {
    return {"leave_batch", if_admitted(own, [own] {
                return question{.what = &sql::leave_batch, .with = {own->worker(), "{1}"}};
            })};
}

step keep_places(hand_ptr const& own) {
    return {"keep_places",
            if_admitted(own, [own] { return question{.what = &sql::keep_places, .with = own->named_in_crew()}; })};
}

step complete_batch_or_lease(hand_ptr const& own) {
    return {"complete_locked_jobs or lease_jobs",
            if_any(own,
                   [own] {
                       return own->admitted ? question{.what = &sql::complete_locked_jobs, .with = {own->rows()}}
                                            : question{.what = &sql::lease_jobs, .with = own->named()};
                   }),
            [own](answer const& leased) {
                if (!own->empty() && !own->admitted) own->erase_others(leased);
            }};
}

step commit_batch(hand_ptr const& own) {
    return {"commit", [] { return question{.text = "commit"}; },
            [own](answer const&) {
                if (!own->admitted) return;
                own->end_all();
                own->world_.left_batch(own->who_, own->worker_);
            }};
}

step commit_lasting_batch(hand_ptr const& own) {
    return {"commit or rollback", [own] { return question{.text = own->admitted ? "commit" : "rollback"}; },
            [own](answer const&) {
                if (!own->admitted) return own->attempts_.clear();
                own->world_.left_batch(own->who_, own->worker_);
            }};
}

step admit_each(hand_ptr const& own) {
    return {"admit_jobs",
            if_any(own, [own] { return question{.what = &sql::admit_jobs, .with = own->named_in_crew()}; }),
            [own](answer const& admitted) {
                if (!own->empty()) own->begin_only(admitted);
            }};
}

} // namespace

script in_batch(hand_ptr const& own) {
    return {lock_for_batch(own), admit_batch(own), leave_batch(own), complete_batch_or_lease(own),
            commit_batch(own),   admit_each(own),  complete(own)};
}

script in_lasting_batch(hand_ptr const& own) {
    step const lease_admitted{
        "lease_jobs", if_admitted(own, [own] { return question{.what = &sql::lease_jobs, .with = own->named()}; }),
        [own](answer const& leased) {
            if (own->admitted) own->keep_only(leased);
        }};
    return {lock_for_batch(own), admit_batch(own),          leave_batch(own), lease_admitted,
            keep_places(own),    commit_lasting_batch(own), complete(own)};
}

script by_itself(hand_ptr const& own) {
    step const claim_only{"claim_jobs", [own] { return claim_one(own); },
                          [own](answer const& jobs) { own->claim(jobs); }};
    return {claim_only, admit_each(own), complete(own)};
}

} // namespace txq::interleavings
