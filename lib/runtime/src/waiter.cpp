#include <txq/detail/waiter.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace txq {

waiter::waiter(std::stop_token stop) : stop_{std::move(stop)}, on_stop_{stop_, [this] { wake(); }} {}

void waiter::wake() {
    boost::asio::post(context_, [this] { finish(reason::woken); });
}

void waiter::finish(reason why) {
    if (!why_) why_ = why;
    if (give_up_) give_up_();
}

waiter::reason waiter::wait_for(std::chrono::nanoseconds longest, int socket) {
    if (stop_requested()) return reason::woken;
    boost::asio::posix::stream_descriptor descriptor{context_};
    if (socket >= 0) descriptor.assign(socket);
    why_.reset();
    give_up_ = [&] {
        timer_.cancel();
        if (descriptor.is_open()) descriptor.cancel();
    };
    timer_.expires_after(longest);
    timer_.async_wait([this](auto failed) {
        if (!failed) finish(reason::time);
    });
    if (socket >= 0) {
        descriptor.async_wait(descriptor.wait_read, [this](auto failed) {
            if (!failed) finish(reason::readable);
        });
    }
    context_.restart();
    context_.run(); // until each of them has happened or been given up
    give_up_ = nullptr;
    if (socket >= 0) descriptor.release();
    return *why_;
}

} // namespace txq
