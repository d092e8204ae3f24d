#include "fleet.hpp"

#include <algorithm>

#include <sys/wait.h>

#include <txq/detail/exit_code.hpp>

namespace txq::program {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds first_pause = milliseconds{200};
constexpr milliseconds longest_pause = seconds{30};
/// One that has run for so long had no trouble with its start.
constexpr auto settled = seconds{60};

/// The same file, schema and database would be met again.
bool is_hopeless(int status) {
    if (!WIFEXITED(status)) return false;
    auto const code = WEXITSTATUS(status);
    return code == exit_code::usage || code == exit_code::schema || code == exit_code::no_database;
}

} // namespace

fleet::fleet(std::size_t processes, clock::time_point now) : processes_(processes, process{false, now, {}}) {}

std::vector<std::size_t> fleet::take_due(clock::time_point now) {
    std::vector<std::size_t> due;
    for (std::size_t i = 0; i < processes_.size() && !stopping_; ++i) {
        auto& one = processes_[i];
        if (one.running || one.start > now) continue;
        one.running = true;
        one.start = now;
        due.push_back(i);
    }
    return due;
}

void fleet::schedule(process& one, clock::time_point now) const {
    if (now - one.start >= settled) one.pause = one.pause.zero();
    one.pause = std::clamp(one.pause * 2, first_pause, longest_pause);
    one.start = now + one.pause;
}

void fleet::on_ended(std::size_t which, int status, clock::time_point now) {
    auto& one = processes_.at(which);
    one.running = false;
    if (is_hopeless(status)) {
        exit_status_ = WEXITSTATUS(status);
        stopping_ = true;
    } else if (!stopping_) {
        schedule(one, now);
    } else if (status != 0 && exit_status_ == exit_code::ok) {
        exit_status_ = exit_code::failed;
    }
}

bool fleet::finished() const noexcept {
    return stopping_ && std::ranges::none_of(processes_, [](auto const& one) { return one.running; });
}

std::optional<fleet::clock::time_point> fleet::next_start() const {
    std::optional<clock::time_point> first;
    for (auto const& one : processes_)
        if (!stopping_ && !one.running && (!first || one.start < *first)) first = one.start;
    return first;
}

} // namespace txq::program
