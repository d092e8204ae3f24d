#include "relay_steps.hpp"

#include <set>

#include <relay/src/columns.hpp>
#include <relay/src/continuity.hpp>
#include <relay/src/position.hpp>

#include <txq/detail/embedded.hpp>

namespace txq::interleavings {

namespace {

constexpr char const* columns[] = {"ids",     "operation_ids", "queues",  "kinds", "priorities",  "max_attempts",
                                   "run_ats", "payloads",      "headers", "rules", "enqueued_ats"};

/// A unique violation, and a deadlock of one that moves with one that writes.
std::set<std::string> const another_was_first{"23505", "40P01"};

template <typename Number>
std::string array_of_numbers(std::vector<relay::late_transaction> const& late, Number relay::late_transaction::*part) {
    std::vector<std::string> numbers;
    for (auto const& one : late) numbers.push_back(std::to_string(one.*part));
    return array_of(numbers);
}

parameters as_parameters(relay::position const& at) {
    return {std::to_string(at.txid), std::to_string(at.seq), array_of_numbers(at.late, &relay::late_transaction::txid),
            array_of_numbers(at.late, &relay::late_transaction::seq)};
}

void add(parameters& to, parameters const& more) { to.insert(to.end(), more.begin(), more.end()); }

bool is_true(answer const& one, std::string const& column) { return one.at(0, column) == "t"; }

relay::snapshot seen_by(answer const& one) {
    return {.xmax = std::stoull(one.at(0, "xmax")),
            .in_progress = relay::numbers<relay::transaction_id>(one.at(0, "in_progress"))};
}

} // namespace

step enqueue(int number) {
    return {"enqueue", [number] { return question{.text = enqueue_text(number), .begins = true}; }};
}

step enqueue_unique(int number) {
    return {"enqueue", [number] { return question{.text = enqueue_unique_text(number), .begins = true}; }};
}

step enqueue_another(int number) {
    return {"enqueue", [number] { return question{.text = enqueue_text(number)}; }};
}

step commit_enqueued(world& in, std::vector<int> const& numbers) {
    return {"commit", [] { return question{.text = "commit"}; },
            [&in, numbers](answer const&) {
                for (auto const number : numbers) in.was_committed(number);
            }};
}

class carrier {
  public:
    carrier(outbox_of_world of, std::string name, int limit)
        : of_{std::move(of)},
          name_{std::move(name)},
          limit_{limit} {}

    bool over() const { return over_; }
    bool reads_anew() const { return anew_; }
    bool was_refused() const { return refused_; }
    bool has_something() const { return read_ && (!batch_.at(0, "ids").starts_with("{}") || again_); }

    parameters source() const { return {of_.source, of_.database}; }
    parameters position() const { return as_parameters(at_); }
    parameters to_read() const {
        auto all = position();
        add(all, {std::to_string(limit_), "1000000"});
        return all;
    }
    parameters to_write_as_is() const { return to_write(again_); }
    parameters to_write_rest() const { return to_write(true); }

    parameters to_settle() const {
        parameters all;
        for (auto const* column : columns) all.emplace_back(batch_.at(0, column));
        all.emplace_back(again_ ? "t" : "f");
        return all;
    }
    bool has_begun() const { return begun_; }
    bool failed() const { return over_ || refused_; }

    void has_settled(answer const& left) {
        settled_ = left;
        begun_ = true;
    }
    void has_ended() {
        over_ = failed();
        begun_ = false;
        settled_ = {};
    }
    bool has_moved() const { return moved_ && !failed(); }
    parameters to_record() const {
        parameters all{of_.source, of_.database, std::to_string(number_ + 1), std::to_string(of_.timeline)};
        add(all, as_parameters(next()));
        add(all, {name_, batch_.at(0, "jobs")});
        return all;
    }
    void has_tried(answer const& one) {
        begun_ = true;
        refused_ = !one.sqlstate.empty();
        if (refused_) return;
        batch_ = one;
        moved_ = one.at(0, "jobs") != "0";
    }
    void has_recorded(answer const& one) { refused_ = !one.sqlstate.empty() || !is_true(one, "written"); }
    void has_ended_move() {
        over_ = refused_; // it would go on with reading, and hear that it is not the active one
        begun_ = false;
        if (over_) return;
        at_ = next();
        number_ += moved_;
        moved_ = false;
    }
    void found(answer const& record) {
        if (record.at(0, "batch").empty()) return;
        number_ = std::stoll(record.at(0, "batch"));
        timeline_ = std::stoll(record.at(0, "timeline"));
        again_ = is_true(record, "again");
        at_ = {.txid = std::stoull(record.at(0, "position_txid")), .seq = std::stoll(record.at(0, "position_seq"))};
        auto const txids = relay::numbers<relay::transaction_id>(record.at(0, "late_txids"));
        auto const seqs = relay::numbers<std::int64_t>(record.at(0, "late_seqs"));
        for (std::size_t i = 0; i < txids.size(); ++i) at_.late.push_back({txids[i], seqs.at(i)});
    }
    void saw(answer const& seen) {
        if (number_ == 0) return;
        relay::recorded const before{.batch = number_, .timeline = timeline_, .at = at_};
        anew_ = relay::judge(before, {.timeline = of_.timeline, .seen = seen_by(seen), .holds_queue = true}) ==
                relay::continuity::source_replaced;
        if (!anew_) return;
        at_ = {};
        again_ = true;
    }
    void has_read(answer const& rows) {
        batch_ = rows;
        read_ = true;
        if (!has_something()) at_ = next();
    }
    void has_written(answer const& one) {
        refused_ = !one.sqlstate.empty();
        if (refused_ && !again_) return;
        end_write(one);
    }
    void has_written_rest(answer const& one) {
        refused_ = false;
        end_write(one);
    }
    void confirmed(answer const& record) {
        over_ = record.at(0, "batch").empty() || std::stoll(record.at(0, "batch")) != number_;
    }

  private:
    parameters to_write(bool again) const {
        parameters all{of_.source, of_.database, std::to_string(number_ + 1), std::to_string(of_.timeline)};
        add(all, as_parameters(next()));
        add(all, {name_, again ? "t" : "f"});
        for (auto const* column : columns) all.emplace_back(left().at(0, column));
        all.emplace_back(again_ && more() ? "t" : "f");
        return all;
    }
    answer const& left() const { return settled_.rows.empty() ? batch_ : settled_; }
    bool more() const { return is_true(batch_, "more"); }
    relay::position next() const {
        std::optional<relay::last_row> last;
        if (more())
            last = relay::last_row{.late = is_true(batch_, "last_late"),
                                   .txid = std::stoull(batch_.at(0, "last_txid")),
                                   .seq = std::stoll(batch_.at(0, "last_seq"))};
        return relay::advance(at_, seen_by(batch_), last);
    }
    void end_write(answer const& one) {
        over_ = !one.sqlstate.empty() || !is_true(one, "written");
        read_ = false;
        if (over_) return;
        at_ = next();
        again_ = again_ && more();
        ++number_;
    }

    outbox_of_world of_;
    std::string name_;
    int limit_;
    relay::position at_{};
    long long number_ = 0; ///< of the last batch
    long long timeline_ = 0;
    bool again_ = false;
    bool anew_ = false;
    answer batch_{};
    answer settled_{};   ///< what settle_unique has left of it
    bool begun_ = false; ///< a transaction
    bool read_ = false;  ///< and not written yet
    bool moved_ = false; ///< and not committed yet
    bool refused_ = false;
    bool over_ = false;
};

carrier_ptr relay_of(world& in, std::string name, int limit) {
    return std::make_shared<carrier>(in.outbox(), std::move(name), limit);
}

namespace {

/// Nothing is asked by one that is over, or where there is nothing to be done.
step step_of(carrier_ptr const& own, statement const& what, bool (carrier::*when)() const,
             parameters (carrier::*with)() const, void (carrier::*then)(answer const&)) {
    return {what.name,
            [=, &what] {
                if (own->over() || (when && !((*own).*when)())) return question{};
                return question{.what = &what, .with = with ? ((*own).*with)() : parameters{}};
            },
            [=](answer const& one) {
                auto const asked = !one.columns.empty() || !one.sqlstate.empty();
                if (then && asked) ((*own).*then)(one);
            }};
}

/// That it begins.
step in_transaction(step one) {
    one.ask = [ask = std::move(one.ask)] {
        auto what = ask();
        what.begins = !what.nothing();
        return what;
    };
    return one;
}

} // namespace

step find_position(carrier_ptr const& own) {
    return step_of(own, sql::relay_position, nullptr, &carrier::source, &carrier::found);
}

step look(carrier_ptr const& own) { return step_of(own, sql::peek_outbox, nullptr, &carrier::position, &carrier::saw); }

step adopt(carrier_ptr const& own) { return step_of(own, sql::adopt_outbox, &carrier::reads_anew, nullptr, nullptr); }

step read(carrier_ptr const& own) {
    return step_of(own, sql::read_outbox, nullptr, &carrier::to_read, &carrier::has_read);
}

step write(carrier_ptr const& own) {
    auto one = step_of(own, sql::write_batch, &carrier::has_something, &carrier::to_write_as_is, &carrier::has_written);
    one.may_fail_with = another_was_first;
    return one;
}

step settle(carrier_ptr const& own) {
    return in_transaction(
        step_of(own, sql::settle_unique, &carrier::has_something, &carrier::to_settle, &carrier::has_settled));
}

step end_write(carrier_ptr const& own) {
    return {"commit or rollback",
            [own] {
                if (!own->has_begun()) return question{};
                return question{.text = own->failed() ? "rollback" : "commit"};
            },
            [own](answer const&) { own->has_ended(); }};
}

step move(carrier_ptr const& own) {
    auto one = in_transaction(step_of(own, sql::move_outbox, nullptr, &carrier::to_read, &carrier::has_tried));
    one.may_fail_with = another_was_first;
    return one;
}

step record(carrier_ptr const& own) {
    auto one = step_of(own, sql::record_batch, &carrier::has_moved, &carrier::to_record, &carrier::has_recorded);
    one.may_fail_with = another_was_first;
    return one;
}

step end_move(carrier_ptr const& own) {
    auto one = end_write(own);
    one.then = [own](answer const&) {
        if (own->has_begun()) own->has_ended_move();
    };
    return one;
}

step write_rest(carrier_ptr const& own) {
    auto one =
        step_of(own, sql::write_batch, &carrier::was_refused, &carrier::to_write_rest, &carrier::has_written_rest);
    one.may_fail_with = another_was_first;
    return one;
}

step confirm(carrier_ptr const& own) {
    return step_of(own, sql::relay_position, nullptr, &carrier::source, &carrier::confirmed);
}

step truncate(carrier_ptr const& own) {
    return step_of(own, sql::truncate_outbox, nullptr, &carrier::position, nullptr);
}

step turn(carrier_ptr const& own) { return step_of(own, sql::turn_outbox, nullptr, nullptr, nullptr); }

} // namespace txq::interleavings
