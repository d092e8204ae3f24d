#include "database.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <unistd.h>

#include <txq/detail/connection_info.hpp>
#include <txq/detail/schema.hpp>
#include <txq/embedded_migrations.hpp>

namespace txq::test {

namespace {

std::string output_of(std::string const& command) {
    std::unique_ptr<FILE, int (*)(FILE*)> const pipe{popen(command.c_str(), "r"), &pclose};
    std::string text;
    std::array<char, 512> part;
    while (pipe && std::fgets(part.data(), part.size(), pipe.get())) text += part.data();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::string const& server() {
    static std::string const url = [] {
        if (auto const* given = std::getenv("TXQ_TEST_SERVER")) return std::string{given};
        auto const started = output_of(TXQ_SOURCE_DIR "/tools/dev/pg start");
        if (started.empty()) throw std::runtime_error{"tools/dev/pg start did not give a server"};
        return started;
    }();
    return url;
}

/// The server's URL with another database in it.
std::string url_of(std::string const& name) { return connection_info::parse(server()).set("dbname", name).str(); }

void execute(std::string const& where, std::string const& sql) {
    pqxx::connection connection{where};
    pqxx::nontransaction{connection}.exec(sql);
}

bool contains(database::schema which, side one) {
    if (which == database::schema::both) return true;
    return which == (one == side::outbox ? database::schema::outbox : database::schema::queue);
}

std::string template_name(database::schema which) {
    std::string texts;
    for (auto const& one : embedded_migrations)
        if (contains(which, one.side)) texts += one.text;
    return "txq_template_" + checksum(texts);
}

/// One process makes the template, the others wait for it.
void make_template(std::string const& name, database::schema which) {
    pqxx::connection admin{server()};
    pqxx::nontransaction tx{admin};
    tx.exec("set client_min_messages = warning");
    tx.exec("select pg_advisory_lock(hashtext('txq_template'))");
    if (!tx.exec("select from pg_database where datname = '" + name + "' and datistemplate").empty()) return;
    tx.exec("drop database if exists " + name);
    tx.exec("create database " + name);
    for (auto const& one : embedded_migrations) {
        if (!contains(which, one.side)) continue;
        pqxx::connection connection{url_of(name)};
        pqxx::work work{connection};
        work.exec("set client_min_messages = warning");
        work.exec(std::string{one.text});
        work.commit();
    }
    tx.exec("alter database " + name + " with is_template true allow_connections false");
}

} // namespace

database::database(schema which) {
    static std::atomic<int> number{0};
    name_ = "txq_test_" + std::to_string(getpid()) + "_" + std::to_string(++number);
    auto const source = template_name(which);
    make_template(source, which);
    execute(server(), "drop database if exists " + name_ + " with (force)");
    execute(server(), "create database " + name_ + " template " + source);
    connection_ = std::make_unique<pqxx::connection>(url());
}

database::~database() {
    connection_.reset();
    try {
        execute(server(), "drop database if exists " + name_ + " with (force)");
    } catch (std::exception const& failed) {
        std::fprintf(stderr, "%s could not be dropped: %s\n", name_.c_str(), failed.what());
    }
}

std::string database::url() const { return url_of(name_); }

pqxx::result database::query(std::string const& sql) { return pqxx::nontransaction{*connection_}.exec(sql); }

std::string database::value(std::string const& sql) {
    auto const result = query(sql);
    if (result.size() != 1 || result[0].size() != 1) throw std::runtime_error{"not one value: " + sql};
    return result[0][0].is_null() ? "" : result[0][0].c_str();
}

void database::wait_until(std::string const& sql, std::string const& expected) {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    for (;;) {
        auto const last = value(sql);
        if (last == expected) return;
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error{"waited a minute for " + expected + ", still " + last + ": " + sql};
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

} // namespace txq::test
