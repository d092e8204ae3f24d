#include "mover.hpp"

#include <new>
#include <utility>

#include <txq/log.hpp>

namespace txq::relay {

namespace {

/// How many batches' records to keep in the queue, for people to look at.
constexpr std::int64_t batches_to_keep = 1000;

/// Larger batches are had in memory one at a time: their time is the disk's anyway.
constexpr std::size_t most_beside_another = std::size_t{2} * 1024 * 1024;

constexpr char const* no_memory = "there is not enough memory for it";

std::optional<recorded> recorded_of(record const& known) {
    auto const& last = known.last;
    if (last.batch == 0) return std::nullopt;
    return recorded{.batch = last.batch, .timeline = last.timeline, .at = last.at, .stopped = known.stopped};
}

} // namespace

mover::mover(source& from, destination& to, read_limit limit, when_lost what)
    : from_{from},
      to_{to},
      same_database_{from.is() == to.is()},
      bytes_{limit.bytes},
      limit_{limit.rows},
      when_lost_{what} {}

continuity mover::look() {
    auto const outbox = from_.identify();
    barrier_ = outbox.barrier;
    key_ = {.id = outbox.id, .database = from_.is().database};
    auto const known = to_.read_record(key_);
    progress_ = known.last;
    again_ = progress_.again; // whoever read it anew has not come to the end
    return judge(recorded_of(known), {.timeline = from_.is().timeline,
                                      .seen = from_.peek(progress_.at).seen,
                                      .barrier = outbox.barrier,
                                      .anew = outbox.anew,
                                      .truncated = outbox.truncated,
                                      .holds_queue = same_database_,
                                      .copied = known.copied});
}

/// What is not unbroken may only look so: another relay, behind a pooler, may have moved on between the two databases'
/// answers. Then the queue's is another one by now; if it is not, what the outbox says in between is of the same time.
continuity mover::look_twice() {
    if (look() == continuity::unbroken) return continuity::unbroken;
    auto const before = progress_.batch;
    auto const verdict = look();
    if (progress_.batch != before) throw overtaken{};
    return verdict;
}

void mover::begin() {
    auto const verdict = look_twice();
    auto const timeline = from_.is().timeline;
    auto const may_go_on = when_lost_ == when_lost::go_on;
    switch (verdict) {
    case continuity::unbroken: return;
    case continuity::source_replaced: return begin_anew();
    case continuity::queue_lost_batches: return say_what_the_queue_lost();
    case continuity::queue_lost_reading_anew: say_what_the_queue_lost(); return begin_anew();
    case continuity::source_lost_commits:
        return stop_unless(may_go_on, {barrier_, timeline, stop_reason::lost_commits});
    case continuity::queue_lost_jobs: return stop_unless(may_go_on, {barrier_, timeline, stop_reason::queue_lost_jobs});
    case continuity::source_outdated: return stop_unless(false, {barrier_, timeline, stop_reason::outdated});
    }
}

void mover::say_what_the_queue_lost() const {
    log::error(
        "the queue has lost batches, as after a failover, or is not the one that had them; what the outbox still "
        "has of them is moved again",
        {{"source", key_.id}, {"queue_has", progress_.batch}, {"outbox_gave", barrier_}});
}

/// Noted before anything else happens, also that it goes on: who comes after one that dies now has to read anew as
/// well.
void mover::stop_unless(bool may_go_on, stop const& why) {
    auto noted = why;
    noted.resumed = may_go_on;
    auto const reason = to_.stop_moving(key_, progress_.batch, noted);
    if (!may_go_on) throw reason;
    reason.log_going_on();
    begin_anew();
}

void mover::begin_anew() {
    auto const adopted = from_.begin_anew(progress_.batch + 1);
    log::warning(
        "the outbox is a copy, has been promoted or has gone back in time: moving all that it has and the queue "
        "has not",
        {{"source", key_.id},
         {"database", key_.database},
         {"timeline", from_.is().timeline},
         {"batch", progress_.batch},
         {"adopted", adopted}});
    progress_.at = {};
    again_ = true;
}

bool mover::anything() {
    auto const [anything, seen] = from_.peek(progress_.at);
    looked_ = true;
    // Not recorded in the queue: it would be a write for nothing. But here it keeps the next look from walking over
    // the rows of transactions that have not ended.
    if (!anything) progress_.at = advance(progress_.at, seen, std::nullopt);
    return anything;
}

moved mover::move() {
    if (limit_.single()) return move_one();
    try {
        return move_batch();
    } catch (std::bad_alloc const&) {
        log::warning("there is not enough memory for a batch: moving one job at a time", {{"source", key_.id}});
        limit_.one_at_a_time();
        return {.jobs = 0, .more = true, .refused = true};
    } catch (failure const& refused) {
        if (refused.kind() != fault::statement && !refused.is_internal()) throw;
        if (limit_.whole())
            log::debug("a batch is refused: trying fewer jobs at a time",
                       {{"source", key_.id}, {"database", refused.database()}, {"error", refused.what()}});
        if (refused.is_internal())
            limit_.one_at_a_time(); // which may take long to find out, so not in halves
        else
            limit_.on_refused();
        return {.jobs = 0, .more = true, .refused = true};
    }
}

moved mover::move_batch() {
    if (stays_within())
        if (auto const done = move_within()) return *done;
    auto const jobs = next_batch();
    settling_ = jobs.any_unique;
    if (jobs.jobs > 0 || again_)
        write(jobs);
    else
        progress_.at = advance(progress_.at, jobs.seen, jobs.last);
    return came_to(jobs);
}

moved mover::came_to(batch const& jobs) {
    limit_.on_written();
    if (jobs.cut()) limit_.on_cut(jobs.jobs);
    return {.jobs = jobs.jobs, .more = jobs.last.has_value()};
}

/// Nothing if the batch has to be read and written instead.
std::optional<moved> mover::move_within() {
    // Its session holds the lock that says who is active, and is ended when it says nothing for long.
    if (!std::exchange(looked_, false)) from_.peek(progress_.at);
    try {
        auto const jobs = to_.move_within(key_, progress_.at, {.rows = limit_.rows(), .bytes = bytes_},
                                          [this](batch const& found) { return after(found); });
        if (!jobs) return std::nullopt;
        if (jobs->jobs > 0)
            has_moved(*jobs, after(*jobs));
        else
            progress_.at = after(*jobs).at;
        return came_to(*jobs);
    } catch (failure const& refused) {
        if (!refused.lacks_privilege()) throw;
        log::debug("jobs are read and written, because the queue's role may not read the outbox",
                   {{"source", key_.id}, {"database", refused.database()}, {"error", refused.what()}});
        within_ = false;
        return std::nullopt;
    }
}

batch mover::next_batch() {
    if (ahead_) return std::move(*std::exchange(ahead_, std::nullopt));
    return from_.read(progress_.at, {.rows = limit_.rows(), .bytes = bytes_});
}

/// While one database writes, the other one reads. If the write fails, what has been read so is forgotten.
std::future<batch> mover::read_ahead(batch const& now, position const& from) {
    if (!now.last || limit_.single() || stays_within() || now.bytes > most_beside_another) return {};
    read_limit const limit{.rows = limit_.rows(), .bytes = bytes_};
    return std::async(std::launch::async, [this, from, limit] { return from_.read(from, limit); });
}

progress mover::after(batch const& jobs) const {
    return {.batch = progress_.batch + 1,
            .timeline = from_.is().timeline,
            .at = advance(progress_.at, jobs.seen, jobs.last),
            .again = again_ && jobs.last};
}

void mover::write(batch const& jobs) {
    auto const next = after(jobs);
    // In the same database the queue's commit flushes the same log.
    if (!same_database_) raise_barrier(next.batch);
    auto ahead = read_ahead(jobs, next.at);
    auto const [added, stood_for] = to_.write(key_, next, jobs, again_);
    if (added + stood_for < jobs.jobs && !again_)
        log::warning("jobs were in the queue before they were moved",
                     {{"source", key_.id}, {"jobs", jobs.jobs - added - stood_for}});
    log::debug("moved", {{"batch", next.batch}, {"jobs", added}, {"others_stand_for", stood_for}});
    has_moved(jobs, next);
    if (ahead.valid()) ahead_ = ahead.get();
}

void mover::raise_barrier(std::int64_t batch_number) {
    if (!from_.flush(batch_number, barrier_)) throw overtaken{};
    barrier_ = batch_number;
}

void mover::has_moved(batch const& jobs, progress const& next) {
    progress_ = next;
    again_ = next.again;
    bytes_to_tidy_ += jobs.bytes;
}

moved mover::move_one() {
    auto const next = from_.next(progress_.at);
    if (!next) return move_batch();
    auto const one = read_one(*next);
    try {
        write(one);
    } catch (failure const& refused) {
        if (!refused.refuses_data()) throw;
        write(put_aside(*next, {refused.database(), refused.what(), false}));
    } catch (std::bad_alloc const&) { write(put_aside(*next, {"the relay", no_memory, false})); }
    limit_.on_written();
    return {.jobs = 1, .more = true};
}

/// That job alone, or the empty batch that ends with it.
batch mover::read_one(next_job const& which) {
    constexpr int patience = 3;
    for (int tries = 1;; ++tries) {
        try {
            return from_.read_one(which);
        } catch (failure const& refused) {
            if (refused.refuses_data()) return put_aside(which, {refused.database(), refused.what()});
            if (!refused.is_internal()) throw;
            if (tries == patience) return unless_others_fail(which, {refused.database(), refused.what()});
        } catch (std::bad_alloc const&) {
            if (tries == patience) return unless_others_fail(which, {"the relay", no_memory});
        }
    }
}

/// A job that fails again and again is put aside if one behind it can be read: then it is its own fault, such as a
/// damaged page.
batch mover::unless_others_fail(next_job const& which, refusal const& of) {
    if (!can_read_behind(which)) throw failure{of.database, fault::statement, "", of.why};
    return put_aside(which, of);
}

bool mover::can_read_behind(next_job const& which) {
    constexpr int most_looked_at = 100;
    auto last = which;
    auto place = progress_.at;
    for (int i = 0; i < most_looked_at; ++i) {
        place = advance(place, last.seen, last.at);
        auto const behind = from_.next(place);
        if (!behind) return false;
        try {
            from_.read_one(*behind);
            return true;
        } catch (failure const& failed) {
            if (failed.refuses_data()) return true; // as it says of that one alone
            if (!failed.is_internal()) throw;
        } catch (std::bad_alloc const&) { // as large as the one before, perhaps
        }
        last = *behind;
    }
    return false;
}

batch mover::put_aside(next_job const& which, refusal const& of) {
    auto result = from_.reject(which, of.why, of.when_read);
    log::error("a job cannot be moved and is put into txq.outbox_rejected",
               {{"source", key_.id}, {"id", which.id}, {"database", of.database}, {"error", of.why}});
    return result;
}

void mover::tidy() {
    // Asked again, in case that the queue is another one by now, which knows less.
    auto const last = to_.read_record(key_).last;
    if (last.batch != progress_.batch) throw overtaken{};
    if (!again_) {
        // From now on some of it cannot be moved again. A queue that goes back behind the last batch must not look like
        // one whose relay died before it wrote that.
        if (!same_database_ && barrier_ <= last.batch) raise_barrier(last.batch + 1);
        from_.tidy(last.at);
    }
    to_.prune(key_, last.batch - batches_to_keep + 1);
    bytes_to_tidy_ = 0;
}

} // namespace txq::relay
