#include "fleet.hpp"

#include <csignal>
#include <fstream>
#include <utility>

namespace txq::chaos {

fleet::fleet(std::vector<place> places, std::filesystem::path files, history& where)
    : files_{std::move(files)},
      where_{where} {
    for (auto& one : places) {
        crew_.emplace_back();
        crew_.back().where = std::move(one);
    }
}

void fleet::tend() {
    auto const now = clock::now();
    for (auto& one : crew_) {
        if (one.stopped && now >= one.wake_at) wake(one);
        if (one.now && !one.now->running()) bury(one);
        if (!one.now && !one.dismissed && now >= one.start_at) start(one);
    }
}

bool fleet::running(std::size_t which) { return crew_[which].now && crew_[which].now->running(); }

void fleet::start(member& one) {
    ++one.incarnation;
    ++started_;
    auto command = one.where.command;
    for (auto& word : command)
        if (auto const at = word.find("{}"); at != word.npos) word.replace(at, 2, name_of(one));
    one.killed = false;
    one.armed = std::exchange(one.failpoint, {});
    if (!one.armed.empty()) command.insert(command.begin(), {"env", "TXQ_FAILPOINT=" + one.armed});
    one.now = std::make_unique<test::process>(command);
    where_.write({{"e", "started"}, {"p", name_of(one)}, {"pid", one.now->id()}});
}

void fleet::bury(member& one) {
    auto const status = one.now->wait();
    auto const name = name_of(one);
    auto output = one.now->output();
    std::ofstream{files_ / (name + ".log")} << output;
    // a handler may kill its worker; nothing else may end a program that has not been told to
    auto const by_handler = status == 128 + SIGKILL && one.where.what == role::worker;
    auto const at_place = output.ends_with("died at a failpoint\n");
    if (at_place) ++deaths_at_[one.armed.substr(0, one.armed.rfind(':'))];
    if (!one.killed && !by_handler && !at_place && !(one.dismissed && status == 0)) {
        deserters_.push_back(name + " ended with status " + std::to_string(status) + ": " +
                             output.substr(output.size() > 300 ? output.size() - 300 : 0));
    }
    // those were its last words: it may be seen only when something else has been waited for
    auto const died_before = at_place ? one.now->silent_for() : std::chrono::microseconds{0};
    outputs_[name] = std::move(output);
    where_.write({{"e", "ended"}, {"p", name}, {"status", status}}, now_us() - died_before.count());
    one.now.reset();
    one.stopped = false;
    one.start_at = std::max(one.start_at, clock::now());
}

bool fleet::kill(std::size_t which, std::chrono::milliseconds pause) {
    auto& one = crew_[which];
    if (!one.now || !one.now->running()) return false;
    one.killed = true;
    one.start_at = clock::now() + pause;
    one.now->send(SIGKILL);
    bury(one);
    return true;
}

bool fleet::kill_and_arm(std::size_t which, std::string failpoint) {
    if (!kill(which, std::chrono::milliseconds{0})) return false;
    crew_[which].failpoint = std::move(failpoint);
    return true;
}

bool fleet::stop(std::size_t which, std::chrono::milliseconds length) {
    auto& one = crew_[which];
    if (!one.now || !one.now->running() || one.stopped) return false;
    one.now->send(SIGSTOP);
    one.stopped = true;
    one.wake_at = clock::now() + length;
    where_.write({{"e", "stopped"}, {"p", name_of(one)}});
    return true;
}

void fleet::wake(member& one) {
    one.stopped = false;
    if (!one.now) return;
    where_.write({{"e", "woken"}, {"p", name_of(one)}});
    one.now->send(SIGCONT);
}

void fleet::wake_all() {
    for (auto& one : crew_)
        if (one.stopped) wake(one);
}

void fleet::dismiss(role which) {
    for (auto& one : crew_) {
        if (one.where.what != which) continue;
        one.dismissed = true;
        if (one.now) one.now->send(SIGTERM);
    }
    for (auto& one : crew_) {
        if (one.where.what != which || !one.now) continue;
        try {
            one.now->wait();
        } catch (std::exception const&) { // does not end: that is a finding, and it has to be ended
            deserters_.push_back(name_of(one) + " does not end when it is told to");
            one.killed = true;
            one.now->send(SIGKILL);
        }
        bury(one);
    }
}

} // namespace txq::chaos
