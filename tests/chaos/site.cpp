#include "site.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "session.hpp"

namespace txq::chaos {

namespace {

using namespace std::chrono_literals;

void set(test::server const& where, std::string const& setting) {
    auto const connection = connect(where.url());
    pqxx::nontransaction session{*connection};
    session.exec("alter system set " + setting);
    session.exec("select pg_reload_conf()");
}

} // namespace

site::site(needs what) : what_{std::move(what)} {
    now_ = make_machine();
    now_.server->start();
    for (auto const& one : what_.settings) now_.server->execute("alter system set " + one);
    if (!what_.standby) {
        now_.server->execute("select pg_reload_conf()");
        return;
    }
    for (auto const* one :
         {"wal_keep_size = '128MB'", "hot_standby_feedback = on", "wal_retrieve_retry_interval = '200ms'",
          "wal_level = logical", "max_standby_streaming_delay = '1s'"})
        now_.server->execute(std::string{"alter system set "} + one);
    now_.server->crash(); // the level takes a start
    now_.server->start();
}

/// What makes a standby goes on by itself otherwise, in a directory that is removed.
site::~site() {
    try {
        if (copying_) copying_->wait();
    } catch (std::exception const&) { // it has been tried
    }
}

site::machine site::make_machine() {
    machine one;
    one.server = std::make_unique<test::server>(test::server::to_come{});
    if (what_.small_disk) one.disk = std::make_unique<small_disk>(one.server->home());
    if (what_.steered_clock && !clock_) clock_ = std::make_unique<steered_clock>(one.server->home() + ".clock");
    if (clock_) one.server->set_environment(clock_->environment());
    return one;
}

void site::tend() {
    if (!what_.standby || clock::now() < look_at_) return;
    look_at_ = clock::now() + 100ms;
    switch (state_) {
    case state::alone: return start_copy();
    case state::copying: return end_copy();
    case state::catching_up: return await_stream();
    case state::follows:
    case state::cut_off: return;
    }
}

void site::start_copy() {
    next_ = {};
    next_ = make_machine();
    copying_ = std::make_unique<test::process>(next_.server->follow_command(*now_.server));
    state_ = state::copying;
}

void site::end_copy() {
    if (copying_->running()) return;
    // a primary that was stopped meanwhile: once more, a little later
    state_ = copying_->wait() == 0 ? state::catching_up : state::alone;
    copying_.reset();
    if (state_ == state::alone) look_at_ = clock::now() + 1s;
}

void site::await_stream() {
    try {
        auto const primary = connect(now_.server->url());
        if (pqxx::nontransaction{*primary}
                .exec("select from pg_stat_replication where application_name = 'standby' and state = 'streaming'")
                .empty())
            return;
        wait_for("standby");
        state_ = state::follows;
    } catch (pqxx::failure const&) { // the primary is down
    }
}

void site::wait_for(std::string const& standbys) {
    set(*now_.server, "synchronous_standby_names = '" + standbys + "'");
}

void site::cut_standby_off() {
    if (state_ != state::follows) throw std::runtime_error{"there is no standby"};
    wait_for("");
    set(*next_.server, "primary_conninfo = ''");
    state_ = state::cut_off;
}

void site::fail_over(bool keep) {
    if (state_ != state::follows && state_ != state::cut_off) throw std::runtime_error{"there is no standby"};
    state_ = state::alone;
    now_.server->crash();
    next_.server->promote();
    std::swap(now_, next_);
    wait_for("");
    if (keep) past_.push_back(std::move(next_));
    next_ = {};
}

void site::do_without_standby() {
    what_.standby = false;
    wait_for("");
}

std::vector<test::server*> site::past() const {
    std::vector<test::server*> all;
    for (auto const& one : past_) all.push_back(one.server.get());
    return all;
}

void site::keep_logs(std::filesystem::path const& directory, std::string const& name) const {
    constexpr std::streamoff most = 200'000;
    auto all = past();
    for (auto const* one : {&next_, &now_})
        if (one->server) all.push_back(one->server.get());
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::ifstream log{all[i]->home() + "/server.log", std::ios::ate};
        log.seekg(std::max<std::streamoff>(0, log.tellg() - most));
        std::ofstream{directory / (name + '-' + std::to_string(i + 1) + ".log")} << log.rdbuf();
    }
}

} // namespace txq::chaos
