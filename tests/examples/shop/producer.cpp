// shop-producer: places orders, each with its job in one transaction.

#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <iostream>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <pqxx/pqxx>

#include <txq/enqueue.hpp>

#include "findings.hpp"
#include "plan.hpp"

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

struct options {
    std::string database;
    shop::plan plan;
    int rate = 0;
    std::chrono::milliseconds hold = 3s;
};

void insert_order(pqxx::work& tx, shop::order_number order) {
    tx.exec("insert into orders (id) values (" + std::to_string(order) + ")");
}

/// One of the connections that place orders side by side.
class producer {
  public:
    explicit producer(options const& given) : given_{given}, connection_{given.database} {}

    void place_one(shop::order_number order) {
        pqxx::work tx{connection_};
        insert_order(tx, order);
        txq::enqueue(tx, shop::write_receipt{order}, {.queue = "receipts"});
        if (shop::is_rolled_back(order)) return roll_back(tx, 1);
        tx.commit();
        commits_.push_back({order, shop::now_us()});
    }

    void place_many(shop::large_order const& large) {
        std::vector<shop::write_receipt> jobs;
        pqxx::work tx{connection_};
        for (auto order = large.first; order < large.first + large.size; ++order) {
            insert_order(tx, order);
            jobs.push_back({order});
        }
        txq::enqueue_many(tx, jobs, {.queue = "receipts"});
        if (large.rolled_back) return roll_back(tx, jobs.size());
        tx.commit();
        for (auto const& job : jobs) commits_.push_back({job.order, shop::now_us()});
    }

    /// Enqueues before all others and commits when they are over.
    void place_last(shop::order_number order, std::atomic<bool> const& others_done) {
        auto const earliest = steady::now() + given_.hold;
        pqxx::work tx{connection_};
        insert_order(tx, order);
        txq::enqueue(tx, shop::write_receipt{order}, {.queue = "receipts"});
        others_done.wait(false);
        std::this_thread::sleep_until(earliest);
        tx.commit();
        commits_.push_back({order, shop::now_us()});
    }

    /// Remembers when the commits were, for shop-check. After the load, so as not to be part of it.
    void record_commits() {
        if (commits_.empty()) return;
        std::string values;
        for (auto const& [order, at] : commits_)
            values += (values.empty() ? "(" : ",(") + std::to_string(order) + ',' + std::to_string(at) + ')';
        pqxx::work tx{connection_};
        tx.exec("insert into commits values " + values);
        tx.commit();
    }

    std::size_t committed() const { return commits_.size(); }
    std::size_t rolled_back() const { return rolled_back_; }

  private:
    void roll_back(pqxx::work& tx, std::size_t orders) {
        tx.abort();
        rolled_back_ += orders;
    }

    options const& given_;
    pqxx::connection connection_;
    std::vector<shop::commit> commits_;
    std::size_t rolled_back_ = 0;
};

/// Producer `index` of all of them: its share of the orders, at its share of the rate.
void place_share(producer& self, options const& given, int index) {
    auto const start = steady::now();
    auto const pause = given.rate > 0 ? std::chrono::nanoseconds{1s} / given.rate : 0ns;
    for (shop::order_number order = index + 1; order <= given.plan.orders; order += given.plan.producers) {
        std::this_thread::sleep_until(start + pause * order);
        if (auto const large = shop::large_order_before(given.plan, order)) self.place_many(*large);
        self.place_one(order);
    }
}

/// An exception in one of the threads ends the program: a load that is not whole proves nothing.
void place_all(std::deque<producer>& producers, producer& last, options const& given) {
    std::atomic<bool> others_done{false};
    std::jthread const last_one{[&] { last.place_last(shop::last_order(given.plan), others_done); }};
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < producers.size(); ++i)
            threads.emplace_back([&, i] { place_share(producers[i], given, static_cast<int>(i)); });
    }
    others_done = true;
    others_done.notify_all();
}

void run(options const& given) {
    auto const start = steady::now();
    std::deque<producer> producers;
    for (int i = 0; i < given.plan.producers; ++i) producers.emplace_back(given);
    producer last{given};
    place_all(producers, last, given);
    std::chrono::duration<double> const seconds = steady::now() - start;

    last.record_commits();
    auto committed = last.committed();
    std::size_t rolled_back = 0;
    for (auto& one : producers) {
        one.record_commits();
        committed += one.committed();
        rolled_back += one.rolled_back();
    }
    std::cout << "placed " << committed << " orders and rolled " << rolled_back << " back in " << seconds.count()
              << " s\n";
}

} // namespace

int main(int argc, char** argv) {
    options given;
    CLI::App app{"Places orders, each with its job in one transaction; some of the transactions are rolled back."};
    app.add_option("--database", given.database, "a libpq URI")->required();
    app.add_option("--orders", given.plan.orders, "how many, in transactions of their own")->check(CLI::PositiveNumber);
    app.add_option("--producers", given.plan.producers, "how many connections")->check(CLI::PositiveNumber);
    app.add_option("--rate", given.rate, "orders per second of all together; 0: as fast as they can");
    CLI11_PARSE(app, argc, argv);
    try {
        run(given);
        return 0;
    } catch (std::exception const& failed) {
        std::cerr << "shop-producer: " << failed.what() << '\n';
        return 1;
    }
}
