#include "crowd.hpp"

#include <stop_token>
#include <thread>

namespace txq::bench {

crowd::crowd(bench& with, int sessions) : with_{with} {
    for (int i = 0; i < sessions; ++i) sessions_.emplace_back(new session(with.where().connect()));
}

void crowd::run(std::function<void(session&)> const& each) {
    std::stop_callback const cancel{with_.stop(), [this] {
                                        for (auto const& one : sessions_) one->connection().cancel_query();
                                    }};
    try {
        run_all(each);
    } catch (std::exception const&) {
        if (!with_.stop_requested()) throw;
    }
    if (with_.stop_requested()) throw interrupted{};
}

void crowd::run_all(std::function<void(session&)> const& each) {
    std::vector<std::exception_ptr> failures(sessions_.size());
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < sessions_.size(); ++i)
        threads.emplace_back([&, i] {
            try {
                each(*sessions_[i]);
            } catch (...) { failures[i] = std::current_exception(); }
        });
    threads.clear(); // waits for them
    for (auto const& failed : failures)
        if (failed) std::rethrow_exception(failed);
}

} // namespace txq::bench
