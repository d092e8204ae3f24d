#include "injector.hpp"

#include <stdexcept>
#include <thread>

namespace txq::chaos {

namespace {

using std::chrono::milliseconds;

/// A database of each server's.
constexpr std::size_t on_servers[] = {0, cluster::queue};

} // namespace

injector::injector(cluster& servers, proxy& between, fleet& programs, history& where, milliseconds lease)
    : servers_{servers},
      between_{between},
      programs_{programs},
      where_{where},
      lease_{lease} {}

char const* injector::name_of(role which) {
    switch (which) {
    case role::producer: return "producers";
    case role::relay: return "relays";
    case role::worker: return "workers";
    }
    return "?";
}

void injector::perform(planned_fault const& one) {
    auto happened = false;
    try {
        happened = try_to(one);
    } catch (std::exception const&) { // its server is down
    }
    where_.write({{"e", happened ? "fault" : "no fault"}, {"what", one.describe()}});
    if (!happened) ++counts_["faults that had nothing to happen to"];
}

/// A worker four times as often as another program: most of what can go wrong goes wrong there.
std::size_t injector::chosen(std::uint32_t target) const {
    std::vector<std::size_t> lots;
    for (std::size_t i = 0; i < programs_.size(); ++i)
        lots.insert(lots.end(), programs_.at(i).what == role::worker ? 4 : 1, i);
    return lots[target % lots.size()];
}

bool injector::try_to(planned_fault const& one) {
    auto const which = chosen(one.target);
    auto const& routes = programs_.at(which).routes;
    auto const route = routes[one.target / 1024 % routes.size()];
    auto const* const role = name_of(programs_.at(which).what);
    switch (one.what) {
    case fault::kill:
        if (!programs_.kill(which, milliseconds{one.target % 700})) return false;
        ++counts_[std::string{"kills of "} + role];
        return true;
    case fault::stop:
        if (!programs_.stop(which, one.lasts)) return false;
        ++counts_[std::string{"stops of "} + role + (one.lasts > lease_ ? " for longer than a lease" : "")];
        return true;
    case fault::backend: return end_backend(one.target);
    case fault::cut_before: between_.arm_before(route); return true;
    case fault::cut_after: between_.arm_after(route); return true;
    case fault::stall: return stall(which, one.lasts);
    case fault::crash:
    case fault::outage: return take_down(one.target, one.lasts);
    case fault::disk_full: return fill_disk(one.lasts);
    case fault::horizon: return hold_horizon(one.target, one.lasts);
    }
    return false;
}

bool injector::end_backend(std::uint32_t target) {
    auto const ended = servers_.number(
        on_servers[target % 2],
        "select count(pg_terminate_backend(pid)) from (select pid from (select pid, row_number() over (order by pid) "
        "as n, "
        "count(*) over () as all_of_them from pg_stat_activity where backend_type = 'client backend' and pid <> "
        "pg_backend_pid()) as numbered where n = 1 + " +
            std::to_string(target / 2) + " % all_of_them) as chosen");
    if (ended == 0) return false;
    ++counts_["sessions ended by pg_terminate_backend"];
    return true;
}

bool injector::stall(std::size_t which, milliseconds length) {
    for (auto const route : programs_.at(which).routes) {
        between_.stall(route, true);
        stalls_.push_back({route, clock::now() + length});
    }
    ++counts_[std::string{"stalls between "} + name_of(programs_.at(which).what) + " and their servers"];
    return true;
}

bool injector::take_down(std::uint32_t target, milliseconds length) {
    auto const which = on_servers[target % 2];
    if (down_.contains(which)) return false;
    if (which != cluster::queue) enqueue_without_flush();
    servers_.server_of(which).crash();
    down_[which] = clock::now() + length;
    where_.write({{"e", "down"}, {"server", which}});
    ++counts_[length.count() == 0 ? "immediate stops of a server"
                                  : "immediate stops of a server, away for longer than a lease"];
    tend();
    return true;
}

/// A transaction that does not wait for the disk, seen by a relay, with nobody else there whose commit would take it to
/// the disk: what the crash that follows takes away must not have been moved.
void injector::enqueue_without_flush() {
    constexpr std::size_t shop = 1;
    for (std::size_t i = 0; i < programs_.size(); ++i)
        if (programs_.at(i).what == role::producer) programs_.stop(i, milliseconds{300});
    pqxx::connection queue{servers_.server_of(cluster::queue).url(cluster::name(cluster::queue))};
    pqxx::connection application{servers_.server_of(shop).url(cluster::name(shop))};
    pqxx::work tx{application};
    tx.exec("set local synchronous_commit = off");
    std::string const id =
        tx.exec("with job as (select txq.enqueue('plain', '{\"n\": 0}') as id) insert into chaos.ledger "
                "(job, operation, kind) select id, id, 'plain' from job returning job")[0][0]
            .c_str();
    tx.commit();
    ++counts_["commits that did not wait for the disk just before a crash"];
    auto const deadline = clock::now() + milliseconds{300};
    while (clock::now() < deadline &&
           pqxx::nontransaction{queue}.exec("select from chaos.changes where job = '" + id + "'").empty()) {}
}

bool injector::hold_horizon(std::uint32_t target, milliseconds length) {
    auto const database = target % cluster::databases;
    auto held = std::make_unique<pqxx::connection>(servers_.server_of(database).url(cluster::name(database)));
    pqxx::nontransaction tx{*held};
    tx.exec("begin isolation level repeatable read");
    auto const writes = target / cluster::databases % 2 == 0;
    tx.exec(writes ? "select pg_current_xact_id()" : "select count(*) from pg_class");
    horizons_.push_back({std::move(held), clock::now() + length});
    ++counts_[writes ? "held horizons by an idle transaction that writes" : "held horizons by an old snapshot"];
    return true;
}

void injector::tend() {
    auto const now = clock::now();
    std::erase_if(horizons_, [now](held_horizon const& one) { return now >= one.until; });
    std::set<std::size_t> still;
    for (auto const& one : stalls_)
        if (now < one.until) still.insert(one.route);
    for (auto const& one : stalls_)
        if (!still.contains(one.route)) between_.stall(one.route, false);
    std::erase_if(stalls_, [now](held_stall const& one) { return now >= one.until; });
    if (now >= disk_free_at_) {
        servers_.disk()->free();
        disk_free_at_ = clock::time_point::max();
        where_.write({{"e", "disk free"}});
    }
    std::erase_if(down_, [this, now](auto const& one) { return now >= one.second && revive(one.first); });
}

/// False if it does not come up yet, as on a full disk.
bool injector::revive(std::size_t server) {
    try {
        servers_.server_of(server).start();
        servers_.number(server, "select 1");
    } catch (std::exception const&) { return false; }
    where_.write({{"e", "up"}, {"server", server}});
    return true;
}

bool injector::fill_disk(milliseconds length) {
    if (disk_free_at_ != clock::time_point::max() || !servers_.disk() || !servers_.disk()->fill()) return false;
    disk_free_at_ = clock::now() + length;
    // without room for its log the server goes down and cannot start again
    down_.emplace(cluster::queue, disk_free_at_);
    ++counts_["full disks"];
    return true;
}

void injector::heal() {
    horizons_.clear();
    stalls_.clear();
    if (disk_free_at_ != clock::time_point::max()) disk_free_at_ = clock::now();
    for (auto& one : down_) one.second = clock::now();
    auto const deadline = clock::now() + std::chrono::minutes{1};
    for (tend(); !down_.empty(); tend()) {
        if (clock::now() > deadline) throw std::runtime_error{"a server does not come up again"};
        std::this_thread::sleep_for(milliseconds{20});
    }
    between_.heal();
    programs_.wake_all();
    where_.write({{"e", "healed"}});
}

void injector::commit_prepared() {
    for (std::size_t i = 0; i < cluster::databases; ++i) {
        for (auto const& row :
             servers_.ask(i, "select gid from pg_prepared_xacts where database = current_database()")) {
            servers_.ask(i, std::string{"commit prepared '"} + row[0].c_str() + "'");
            ++counts_["prepared transactions that were left behind"];
        }
    }
}

std::map<std::string, long long> injector::counts() const {
    auto all = counts_;
    auto const cut = between_.so_far();
    all["cuts before a COMMIT reached the server"] = cut.commits_before;
    all["cuts after a COMMIT took effect, before its answer"] = cut.commits_after;
    all["cuts before a statement that commits by itself"] = cut.statements_before;
    all["cuts after such a statement took effect"] = cut.statements_after;
    all["cuts after a COMMIT or statement that failed anyway"] = cut.failed_after;
    all["connections made"] = cut.connections;
    return all;
}

} // namespace txq::chaos
