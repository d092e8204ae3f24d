// shop-check: compares what was ordered with what was done, and says so in a table.

#include <cstdio>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>
#include <pqxx/pqxx>

#include "findings.hpp"

namespace {

struct options {
    std::string orders_database;
    std::string queue_database;
    std::string mails;
};

struct work_done {
    long long jobs = 0;
    long long unfinished = 0;
    double seconds = 0;

    double jobs_per_second() const { return seconds > 0 ? static_cast<double>(jobs) / seconds : 0; }
};

shop::evidence collect(options const& given) {
    shop::evidence found;
    pqxx::connection front{given.orders_database};
    pqxx::work orders{front};
    for (auto const& row : orders.exec("select id from orders"))
        found.orders.push_back(row[0].as<shop::order_number>());
    for (auto const& row : orders.exec("select order_id, committed_us from commits"))
        found.commits.push_back({row[0].as<shop::order_number>(), row[1].as<std::int64_t>()});

    pqxx::connection back{given.queue_database};
    pqxx::work receipts{back};
    for (auto const& row : receipts.exec("select order_id, started_us from receipts"))
        found.receipts.push_back({row[0].as<shop::order_number>(), row[1].as<std::int64_t>()});
    found.mails = shop::read_mails(given.mails);
    return found;
}

/// From the first commit to the last completion.
work_done measure(options const& given, shop::evidence const& found) {
    pqxx::connection back{given.queue_database};
    pqxx::work tx{back};
    auto const row = tx.exec("select count(*), extract(epoch from max(processed_at)), (select count(*) from txq.jobs) "
                             "from txq.processed_jobs")[0];
    work_done done{.jobs = row[0].as<long long>(), .unfinished = row[2].as<long long>()};
    auto const first =
        std::min_element(found.commits.begin(), found.commits.end(),
                         [](auto const& one, auto const& other) { return one.committed_us < other.committed_us; });
    if (done.jobs > 0 && first != found.commits.end())
        done.seconds = row[1].as<double>() - static_cast<double>(first->committed_us) / 1e6;
    return done;
}

void line(char const* what, std::size_t count) { std::printf("  %-44s %10zu\n", what, count); }
void milliseconds(char const* what, std::int64_t microseconds) {
    std::printf("  %-44s %10.1f ms\n", what, static_cast<double>(microseconds) / 1000);
}

void print(shop::findings const& found, work_done const& done) {
    line("orders committed", found.orders);
    line("receipts", found.receipts);
    line("mails sent", found.mails);
    line("mails handed over again with the same key", found.mails_with_same_key);
    line("lost (orders without a receipt or a mail)", found.lost);
    line("duplicated receipts", found.duplicated_receipts);
    line("duplicated mails (another key)", found.duplicated_mails);
    line("effects without an order", found.orphan_effects);
    line("jobs run and recorded", static_cast<std::size_t>(done.jobs));
    line("jobs left", static_cast<std::size_t>(done.unfinished));
    std::printf("  %-44s %10.0f\n", "jobs/s, first commit to last completion", done.jobs_per_second());
    milliseconds("from commit to handler start, p50", found.commit_to_start.p50);
    milliseconds("                              p95", found.commit_to_start.p95);
    milliseconds("                              p99", found.commit_to_start.p99);
}

int run(options const& given) {
    auto const evidence = collect(given);
    auto const found = shop::examine(evidence);
    print(found, measure(given, evidence));
    std::puts(found.good() ? "every committed order has its one receipt and its one mail, and nothing else has any"
                           : "WRONG: see lost, duplicated and without an order above");
    return found.good() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    options given;
    CLI::App app{"Compares the shop's tables and mails. Exit status 0 if nothing is lost, duplicated or made up."};
    app.add_option("--orders", given.orders_database, "where the orders are: a libpq URI")->required();
    app.add_option("--queue", given.queue_database, "where the receipts and the jobs are; default: with the orders");
    app.add_option("--mails", given.mails, "the mail sink's file")->required();
    CLI11_PARSE(app, argc, argv);
    if (given.queue_database.empty()) given.queue_database = given.orders_database;
    try {
        return run(given);
    } catch (std::exception const& failed) {
        std::cerr << "shop-check: " << failed.what() << '\n';
        return 1;
    }
}
