#include "injector.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "failpoints.hpp"
#include "session.hpp"

namespace txq::chaos {

namespace {

using std::chrono::milliseconds;

/// A database of each server's.
constexpr std::size_t on_servers[] = {0, cluster::queue};

} // namespace

injector::injector(cluster& servers, proxy& between, fleet& programs, far_network& far,
                   std::deque<steered_clock>& clocks, history& where, milliseconds lease)
    : servers_{servers},
      between_{between},
      programs_{programs},
      far_{far},
      clocks_{clocks},
      where_{where},
      lease_{lease},
      horizons_{servers},
      steps_{where},
      operator_{servers, where} {}

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
    case fault::horizon: ++counts_[horizons_.hold(one.target, one.lasts)]; return true;
    case fault::failover: return fail_over(on_servers[one.target % 2], false);
    case fault::clock: return step_servers(one.target, one.lasts);
    case fault::failpoint: return arm(which, one.target);
    case fault::program_clock: return step_programs(one.target, one.lasts);
    case fault::partition: return lose_packets(100, one.lasts);
    case fault::packet_loss: return lose_packets(3 + static_cast<int>(one.target % 28), one.lasts);
    case fault::lossy_failover: return cut_off(one.target, one.lasts);
    case fault::server_kill: return kill_in_server(one.target);
    case fault::freeze: return freeze(on_servers[one.target % 2], one.lasts);
    }
    return false;
}

bool injector::arm(std::size_t which, std::uint32_t target) {
    auto const place = failpoint_of(programs_.at(which).what, target / 64);
    return !place.empty() && programs_.kill_and_arm(which, place);
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

/// Of the main process in one case of eight: the others notice that it is gone. Of another one, it starts all anew.
bool injector::kill_in_server(std::uint32_t target) {
    auto const which = on_servers[target % 2];
    if (down_.contains(which)) return false;
    auto& server = servers_.server_of(which);
    if (target / 2 % 8 != 0) {
        server.kill_one(target / 16);
        ++counts_["server processes killed, all of its others restarted"];
        return true;
    }
    server.kill();
    down_[which] = clock::now();
    where_.write({{"e", "down"}, {"server", which}});
    ++counts_["server processes killed, the main one"];
    return true;
}

bool injector::freeze(std::size_t server, milliseconds length) {
    if (down_.contains(server) || frozen()) return false;
    thaws_.emplace_back([this, server, from = now_us(), all = servers_.server_of(server).freeze(), length] {
        std::this_thread::sleep_for(length);
        for (auto const process : all) ::kill(process, SIGCONT);
        where_.write({{"e", "frozen"}, {"server", server}, {"from", from}, {"to", now_us()}});
    });
    thawed_at_ = clock::now() + length;
    ++counts_[std::string{"servers frozen"} + (length > lease_ ? " for longer than a lease" : "")];
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
    auto const moves_it = [](place const& one) {
        return one.what == role::relay && one.name.find(cluster::name(shop)) != std::string::npos;
    };
    for (std::size_t i = 0; i < programs_.size(); ++i)
        if (programs_.at(i).what != role::worker && !moves_it(programs_.at(i))) programs_.stop(i, milliseconds{300});
    auto const queue = connect(servers_.server_of(cluster::queue).url(cluster::name(cluster::queue)));
    auto const application = connect(servers_.server_of(shop).url(cluster::name(shop)));
    pqxx::work tx{*application};
    tx.exec("set local synchronous_commit = off");
    std::string const id =
        tx.exec("with job as (select txq.enqueue('plain', '{\"n\": 0}') as id) insert into chaos.ledger "
                "(job, operation, kind) select id, id, 'plain' from job returning job")[0][0]
            .c_str();
    tx.commit();
    ++counts_["commits that did not wait for the disk just before a crash"];
    auto const deadline = clock::now() + milliseconds{300};
    while (clock::now() < deadline &&
           pqxx::nontransaction{*queue}.exec("select from chaos.changes where job = '" + id + "'").empty()) {}
}

/// What is committed from now on is lost, a while later.
bool injector::cut_off(std::uint32_t target, milliseconds length) {
    auto const which = on_servers[target % 2];
    if (cut_off_ || down_.contains(which) || !servers_.site_of(which).standby()) return false;
    where_.write({{"e", "cut off"}, {"server", which}});
    servers_.site_of(which).cut_standby_off();
    cut_off_ = which;
    fail_over_at_ = clock::now() + length;
    return true;
}

bool injector::fail_over(std::size_t server, bool lossy) {
    auto& site = servers_.site_of(server);
    if (down_.contains(server) || (!lossy && !site.standby())) return false;
    auto const before = site.primary().home();
    site.fail_over(lossy);
    between_.redirect(before, site.primary().home());
    if (server != cluster::queue) read_anew_until_ = clock::now() + std::chrono::seconds{5};
    stops_ = stops_ || lossy;
    where_.write({{"e", lossy ? "lost commits" : "failed over"}, {"server", server}});
    ++counts_[std::string{"failovers of "} + (server == cluster::queue ? "the queue" : "an outbox") +
              (lossy ? " that lost commits" : " to a synchronous standby")];
    return true;
}

/// In the middle of it, so that another one has to go on with it.
void injector::kill_who_reads_anew() {
    if (!servers_.reads_an_outbox_anew()) return;
    read_anew_until_ = {};
    for (std::size_t i = 0; i < programs_.size(); ++i)
        if (programs_.at(i).what == role::relay && programs_.kill(i, milliseconds{100}))
            ++counts_["kills of relays while an outbox was read anew"];
}

/// Forward only the queue's.
bool injector::step_servers(std::uint32_t target, milliseconds length) {
    auto const forward = target % 2 == 0;
    auto const which = forward ? cluster::queue : on_servers[target / 2 % 2];
    auto* const steered = servers_.site_of(which).clock_of_servers();
    if (!steered || !steps_.step(*steered, {{"e", "clock"}, {"server", which}}, forward, target / 4, length))
        return false;
    ++counts_[forward ? "steps of the clock of the queue's server, forward"
                      : "steps of the clock of a server, back for a while"];
    return true;
}

bool injector::step_programs(std::uint32_t target, milliseconds length) {
    if (clocks_.empty()) return false;
    auto const [which, forward] = std::pair{target % clocks_.size(), target / 2 % 2 == 0};
    if (!steps_.step(clocks_[which], {{"e", "programs' clock"}, {"clock", which}}, forward, target / 4, length))
        return false;
    ++counts_[forward ? "steps of the clocks of programs, forward"
                      : "steps of the clocks of programs, back for a while"];
    return true;
}

bool injector::lose_packets(int percent, milliseconds length) {
    if (!far_.exists()) return false;
    spells_.push_back({percent, clock::now() + length});
    where_.write({{"e", "network"}, {"percent", percent}});
    ++counts_[percent == 100 ? "networks cut in two" : "networks that lose packets"];
    tend_networks();
    return true;
}

void injector::tend_networks() {
    auto const now = clock::now();
    std::erase_if(spells_, [now](lossy_spell const& one) { return now >= one.until; });
    int worst = 0;
    for (auto const& one : spells_) worst = std::max(worst, one.percent);
    far_.lose(worst);
}

void injector::tend() {
    auto const now = clock::now();
    tend_networks();
    steps_.tend();
    if (!frozen()) servers_.tend();
    horizons_.tend();
    if (stops_) operator_.tend();
    if (now < read_anew_until_) kill_who_reads_anew();
    if (cut_off_ && now >= fail_over_at_ && fail_over(*cut_off_, true)) cut_off_.reset();
    std::set<std::size_t> still;
    for (auto const& one : stalls_)
        if (now < one.until) still.insert(one.route);
    for (auto const& one : stalls_)
        if (!still.contains(one.route)) between_.stall(one.route, false);
    std::erase_if(stalls_, [now](held_stall const& one) { return now >= one.until; });
    if (now >= disk_free_at_) {
        full_->free();
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
    full_ = servers_.site_of(cluster::queue).disk();
    if (disk_free_at_ != clock::time_point::max() || !full_ || !full_->fill()) return false;
    disk_free_at_ = clock::now() + length;
    // without room for its log the server goes down and cannot start again
    down_.emplace(cluster::queue, disk_free_at_);
    ++counts_["full disks"];
    return true;
}

void injector::heal() {
    if (cut_off_) fail_over_at_ = clock::now();
    thaws_.clear();
    stalls_.clear();
    spells_.clear();
    steps_.heal();
    if (disk_free_at_ != clock::time_point::max()) disk_free_at_ = clock::now();
    for (auto& one : down_) one.second = clock::now();
    auto const deadline = clock::now() + std::chrono::minutes{1};
    for (tend(); !down_.empty() || cut_off_; tend()) {
        if (clock::now() > deadline) throw std::runtime_error{"a server does not come up again"};
        std::this_thread::sleep_for(milliseconds{20});
    }
    servers_.do_without_standbys();
    horizons_.clear();
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
    if (stops_) all["outboxes that a person let relays go on with"] = operator_.resumed();
    for (auto const& [place, deaths] : programs_.deaths_at()) {
        all["deaths " + place.substr(place.rfind(':') + 1) + ' ' + place.substr(0, place.rfind(':'))] = deaths;
        all["kills at failpoints"] += deaths;
    }
    return all;
}

} // namespace txq::chaos
