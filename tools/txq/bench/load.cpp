#include "load.hpp"

#include <algorithm>
#include <random>

#include <txq/enqueue.hpp>

#include "names.hpp"

namespace txq::bench {

namespace {

using namespace std::chrono_literals;

std::vector<new_job> jobs_from(std::size_t first, std::size_t number, std::size_t payload_bytes) {
    std::vector<new_job> jobs;
    for (auto i = first; i < first + number; ++i) jobs.push_back({.payload = payload_of(i, payload_bytes)});
    return jobs;
}

enqueue_options options_for(std::size_t payload_bytes) {
    return {.queue = queue, .payload_limit = std::max(enqueue_options{}.payload_limit, 2 * payload_bytes)};
}

} // namespace

std::string payload_of(std::size_t number, std::size_t bytes) {
    auto text = "{\"n\": " + std::to_string(number);
    constexpr std::size_t frame = 12; // , "pad": ""}
    if (text.size() + frame < bytes) {
        // something that a compressor of values cannot make nothing of
        thread_local std::minstd_rand random{42};
        std::string pad(bytes - text.size() - frame, ' ');
        std::ranges::generate(pad, [] { return static_cast<char>('a' + random() % 26); });
        text += ", \"pad\": \"" + pad + '"';
    }
    return text + '}';
}

double enqueue_all(bench& with, std::string const& kind, std::size_t jobs, std::size_t payload_bytes) {
    auto database = with.where().connect();
    auto const began = monotonic_now();
    // not more bytes than a statement should have
    auto const batch = std::clamp<std::size_t>((4 << 20) / std::max<std::size_t>(payload_bytes, 1), 1, 1000);
    for (std::size_t first = 0; first < jobs; first += batch) {
        pqxx::work tx{database.connection()};
        enqueue_many(tx, kind, jobs_from(first, std::min(batch, jobs - first), payload_bytes),
                     options_for(payload_bytes));
        tx.commit();
        with.pause(0us);
    }
    return static_cast<double>(monotonic_now() - began) / 1e9;
}

producers::producers(bench& with, tally const& seen, load const& how)
    : with_{with},
      seen_{seen},
      how_{how},
      commits_(seen.jobs()) {
    for (int i = 0; i < how_.producers; ++i) threads_.emplace_back([this] { produce(); });
}

producers::~producers() {
    stop_ = go_ = true;
    for (auto& one : threads_)
        if (one.joinable()) one.join();
}

void producers::stop() {
    stop_ = true;
    for (auto& one : threads_) one.join();
    if (failure_) std::rethrow_exception(failure_);
}

/// False: it is over. By the clock if there is a rate, each wait of it random around its mean.
bool producers::wait_for_turn(std::int64_t& next_at) {
    if (how_.rate > 0) {
        thread_local std::minstd_rand random{std::random_device{}()};
        auto const gap = 1e9 * how_.producers * how_.batch / how_.rate;
        next_at += static_cast<std::int64_t>(gap * std::uniform_real_distribution{0.5, 1.5}(random));
        if (auto const wait = next_at - monotonic_now(); wait > 0)
            std::this_thread::sleep_for(std::chrono::nanoseconds{wait});
    } else {
        while (!stop_ && enqueued_ - seen_.begun() > how_.backlog) std::this_thread::sleep_for(500us);
    }
    return !stop_;
}

void producers::produce() try {
    auto database = with_.where().connect();
    auto const options = options_for(how_.payload_bytes);
    while (!go_) std::this_thread::sleep_for(1ms);
    auto const batch = static_cast<std::size_t>(how_.batch);
    for (auto next_at = monotonic_now(); wait_for_turn(next_at);) {
        auto const first = static_cast<std::size_t>(numbers_.fetch_add(how_.batch));
        if (first + batch > commits_.size()) return;
        std::vector<uuid> ids;
        if (batch == 1) {
            pqxx::nontransaction tx{database.connection()};
            ids.push_back(enqueue(tx, plain_kind, payload_of(first, how_.payload_bytes), options));
        } else {
            pqxx::work tx{database.connection()};
            ids = enqueue_many(tx, plain_kind, jobs_from(first, batch, how_.payload_bytes), options);
            tx.commit();
        }
        auto const now = monotonic_now();
        for (std::size_t i = 0; i < batch; ++i) commits_[first + i] = {ids[i], now};
        enqueued_ += how_.batch;
    }
} catch (...) {
    if (!failed_.exchange(true)) failure_ = std::current_exception();
}

} // namespace txq::bench
