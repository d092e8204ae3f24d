#include "worker_steps.hpp"

#include <algorithm>

#include <txq/detail/embedded.hpp>

namespace txq::interleavings {

/// A worker, or a part of one, with what it has in hand.
class hand : public std::enable_shared_from_this<hand> {
  public:
    hand(world& in, int who, long worker) : world_{in}, who_{who}, worker_{worker} {}

    std::string worker() const { return std::to_string(worker_); }
    bool empty() const { return attempts_.empty(); }
    attempt const& first() const { return attempts_.front(); }

    void take(answer const& jobs) {
        for (std::size_t i = 0; i < jobs.rows.size(); ++i) {
            auto const named = jobs.at(i, "operation_id"); // none: the id
            attempt one{jobs.at(i, "id"), named.empty() ? jobs.at(i, "id") : named, jobs.at(i, "fence")};
            if (std::ranges::find(jobs.columns, "row") != jobs.columns.end()) one.row = jobs.at(i, "row");
            one.processed = !jobs.at(i, "processed_as").empty();
            world_.begins(who_, worker_, one);
            attempts_.push_back(one);
        }
    }
    /// Those that are not in the answer were refused.
    void keep_only(answer const& jobs) {
        std::erase_if(attempts_, [&](attempt const& one) {
            for (std::size_t i = 0; i < jobs.rows.size(); ++i)
                if (jobs.at(i, "id") == one.job) return false;
            world_.refused(who_, worker_, one.job);
            return true;
        });
    }
    void all_accepted() {
        for (auto const& one : attempts_) world_.accepted(who_, one);
        attempts_.clear();
    }
    void end_all() {
        for (auto const& one : attempts_) world_.ends(who_, one.job);
        attempts_.clear();
    }
    parameters named() const {
        std::vector<std::string> ids, fences;
        for (auto const& one : attempts_) {
            ids.push_back(one.job);
            fences.push_back(one.fence);
        }
        return {worker(), array_of(ids), array_of(fences)};
    }
    std::string rows() const {
        std::string text;
        for (auto const& one : attempts_) text += (text.empty() ? "\"" : ",\"") + one.row + '"';
        return '{' + text + '}';
    }

    world& world_;
    int who_;
    long worker_;
    std::vector<attempt> attempts_;
    bool recorded = false;
    bool completed = false;
    bool lost = false; ///< the locks, because somebody else recorded the operation
};

hand_ptr worker(world& in, int who) { return std::make_shared<hand>(in, who, in.register_worker()); }

namespace {

/// Nothing is asked when there is nothing in hand.
std::function<question()> if_any(hand_ptr const& own, std::function<question()> ask) {
    return [own, ask = std::move(ask)] { return own->empty() ? question{} : ask(); };
}

} // namespace

step claim(hand_ptr const& own) {
    return {"claim_jobs",
            [own] {
                return question{.what = &sql::claim_jobs,
                                .with = {own->worker(), "default", "{test}", "1", "f", "{0,0,0,0}", std::nullopt}};
            },
            [own](answer const& jobs) { own->take(jobs); }};
}

step lock(hand_ptr const& own) {
    return {"lock_jobs",
            [own] {
                return question{.what = &sql::lock_jobs,
                                .with = {own->worker(), "default", "{test}", "1", "{0,0,0,0}"},
                                .begins = true};
            },
            [own](answer const& jobs) { own->take(jobs); }};
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
            [own](answer const& ended) { own->lost = !ended.sqlstate.empty(); }, {"23505"}};
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
    return {{"lock_worker",
             [whom] { return question{.what = &sql::lock_worker, .with = {whom->worker()}, .begins = true}; },
             {}},
            {"rescue_jobs",
             [whom] {
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
