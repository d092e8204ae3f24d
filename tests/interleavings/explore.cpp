#include "explore.hpp"

#include <memory>
#include <stdexcept>

#include "orders.hpp"

namespace txq::interleavings {

namespace {

constexpr std::size_t enough_violations = 5;

class play {
  public:
    play(story const& what, world& in) : in_{in} {
        in_.empty();
        for (auto& script : what.begin(in_))
            cast_.push_back(std::make_unique<actor>(in_.sessions(), std::move(script), in_));
    }

    void run(order const& how) {
        for (std::size_t i = 0; i < how.turns.size(); ++i) {
            auto const who = how.turns[i];
            auto& one = *cast_[static_cast<std::size_t>(who)];
            if (one.dead()) continue;
            one.take_turn();
            go_on(who);
            trace_ += std::to_string(who) + ' ' + one.last_step() + (one.waits() ? " (waits)" : "") + "; ";
            waited_ = waited_ || one.waits();
            if (how.killed_after != i) continue;
            one.die();
            in_.dies(who);
            trace_ += std::to_string(who) + " dies; ";
            go_on(who);
        }
        finish();
    }

    bool waited() const { return waited_; }
    std::string const& trace() const { return trace_; }

  private:
    /// The one whose turn it is, then whoever waited for it.
    void go_on(int first) {
        cast_[static_cast<std::size_t>(first)]->go_on();
        for (auto& one : cast_)
            if (one->waits()) one->go_on();
    }

    void finish() {
        for (std::size_t round = 0; round <= 2 * cast_.size(); ++round)
            for (auto& one : cast_)
                if (!one->done()) one->go_on();
        for (auto& one : cast_)
            if (!one->done()) throw std::runtime_error{"somebody waits for ever in " + one->last_step()};
    }

    world& in_;
    std::vector<std::unique_ptr<actor>> cast_;
    std::string trace_;
    bool waited_ = false;
};

} // namespace

outcome_of_story explore(story const& one, world& in, bool kills, unsigned long long most) {
    outcome_of_story result;
    in.empty();
    std::vector<int> steps;
    for (auto const& script : one.begin(in)) steps.push_back(static_cast<int>(script.size()));
    result.all = count_orders(steps, kills);
    for_each_order(steps, kills, most, [&](order const& how) {
        if (result.violations.size() >= enough_violations) return;
        play now{one, in};
        auto const complain = [&](std::string const& what) {
            result.violations.push_back(what + "\n      in the order " + how.text() + ": " + now.trace());
        };
        try {
            now.run(how);
            in.settle();
            for (auto const& what : in.check()) complain(what);
        } catch (std::exception const& failed) { complain(failed.what()); }
        ++result.orders;
        result.kills += how.killed_after.has_value();
        result.waits += now.waited();
    });
    return result;
}

} // namespace txq::interleavings
