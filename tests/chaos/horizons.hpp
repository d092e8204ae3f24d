#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "cluster.hpp"

namespace txq::chaos {

/// What keeps old versions of rows from being removed, of the seven kinds that there are. One thread.
class horizons {
  public:
    using clock = std::chrono::steady_clock;

    explicit horizons(cluster& servers) : servers_{servers} {}

    /// Holds one for a while, in a database and of a kind that follow from `target`. Returns what to call it; throws if
    /// the server is down, or the standby not there that it takes.
    std::string hold(std::uint32_t target, std::chrono::milliseconds length);
    /// Lets go of those that have lasted long enough.
    void tend();
    /// Lets go of all of them.
    void clear();

  private:
    enum class kind { snapshot, writer, prepared, slot, standby, dump, readers };
    static constexpr int kinds = 7;

    struct held {
        kind what;
        std::size_t database;
        std::string name; ///< of a prepared transaction or a slot
        clock::time_point until;
        std::vector<std::unique_ptr<pqxx::connection>> sessions{};
        std::chrono::milliseconds turn{0}; ///< of one reader
        clock::time_point next{};          ///< when the next reader comes
    };

    static char const* name_of(kind what);
    void take(held& one);
    void open_session(held& one, test::server& where, std::string const& sql);
    void next_reader(held& one);
    bool let_go(held& one);

    cluster& servers_;
    std::list<held> all_;
    int number_ = 0;
};

} // namespace txq::chaos
