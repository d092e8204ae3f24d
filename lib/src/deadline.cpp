#include <txq/detail/deadline.hpp>

#include <exception>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <txq/detail/deadline_watch.hpp>
#include <txq/log.hpp>

namespace txq {

namespace {

constexpr int not_due = -1;

int steps_of(std::chrono::milliseconds limit) {
    constexpr auto step = deadline_watch::step;
    return static_cast<int>(std::min<std::chrono::milliseconds::rep>((limit + step).count() / step.count(), 1 << 30));
}

void say(std::string const& whose) noexcept {
    try {
        log::warning("the server keeps a connection open and does not answer: closing it", {{"connection", whose}});
    } catch (std::exception const&) { // no memory
    }
}

} // namespace

deadline::deadline(int socket, std::string whose, std::chrono::milliseconds limit)
    : socket_{::fcntl(socket, F_DUPFD_CLOEXEC, 0)},
      whose_{std::move(whose)},
      steps_{limit.count() > 0 ? steps_of(limit) : not_due},
      left_{not_due},
      watch_{deadline_watch::shared()} {
    watch_->add(*this);
}

deadline::~deadline() {
    watch_->remove(*this);
    if (socket_ >= 0) ::close(socket_);
}

void deadline::begin() noexcept {
    ++depth_;
    left_ = steps_;
}

void deadline::end() noexcept { left_ = --depth_ > 0 ? steps_ : not_due; }

void deadline::expire() noexcept {
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

bool deadline::on_step(bool may_expire) noexcept {
    auto left = left_.load();
    if (left <= 0 || (left == 1 && !may_expire)) return false;
    if (!left_.compare_exchange_strong(left, left - 1) || left > 1) return false;
    say(whose_);
    expire();
    return true;
}

std::shared_ptr<deadline_watch> deadline_watch::shared() {
    static std::mutex mutex;
    static std::weak_ptr<deadline_watch> current;
    std::lock_guard const lock{mutex};
    auto there = current.lock();
    if (!there) current = there = std::make_shared<deadline_watch>();
    return there;
}

void deadline_watch::add(deadline& one) {
    std::lock_guard const lock{mutex_};
    all_.insert(&one);
}

void deadline_watch::remove(deadline& one) {
    std::lock_guard const lock{mutex_};
    all_.erase(&one);
}

void deadline_watch::count() {
    std::lock_guard const lock{mutex_};
    budget_.on_step();
    for (auto* const one : all_)
        if (one->on_step(budget_.has_some())) budget_.use();
}

} // namespace txq
