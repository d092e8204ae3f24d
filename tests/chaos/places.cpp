#include "places.hpp"

#include <iterator>
#include <map>
#include <sstream>

#include "random.hpp"

namespace txq::chaos {

namespace {

class builder {
  public:
    builder(settings const& how, cluster& servers, proxy& between, far_network const& far)
        : how_{how},
          servers_{servers},
          between_{between},
          far_{far},
          numbers_{random{how.seed}.fork(1000)} {}

    place producer(std::size_t database, int number) {
        place one{.name = "producer-" + std::string{cluster::name(database)} + '-' + std::to_string(number),
                  .what = role::producer,
                  .command = {},
                  .routes = {}};
        auto const where = url(one, database);
        one.command = {test::find_program("txq-chaos-producer"),
                       "--database",
                       where,
                       "--history",
                       how_.directory / "{}.jsonl",
                       "--name",
                       "{}",
                       "--seed",
                       std::to_string(numbers_.below(1'000'000'000)),
                       "--pause",
                       std::to_string(how_.pause.count())};
        return one;
    }

    place relay(std::size_t database, int number) {
        place one{.name = "relay-" + std::string{cluster::name(database)} + '-' + std::to_string(number),
                  .what = role::relay,
                  .command = {},
                  .routes = {}};
        auto const source = url(one, database);
        auto const queue = database == cluster::queue ? source : url(one, cluster::queue);
        // one that needs many batches for what has been left lying and truncates often, and one that does not; what a
        // queue may lose in a failover has to be there still
        auto const may_lose = how_.faults.contains(fault::lossy_failover);
        one.command = {test::find_program("txq-relay"),
                       "--source",
                       source,
                       "--queue",
                       queue,
                       "--batch",
                       number == 1 ? "20" : "200",
                       "--rotate-interval",
                       may_lose      ? "6s"
                       : number == 1 ? "50ms"
                                     : "500ms"};
        // of one application's outbox a person decides
        if (database != 1) one.command.insert(one.command.end(), {"--lost-commits", "go-on"});
        return one;
    }

    place worker(int number) {
        place one{.name = "worker-" + std::to_string(number), .what = role::worker, .command = {}, .routes = {}};
        auto const where = url(one, cluster::queue);
        one.command = {test::find_program("txq-chaos-worker"),
                       "--database",
                       where,
                       "--history",
                       how_.directory / "{}.jsonl",
                       "--own-queue",
                       own_queue(number),
                       "--lease",
                       std::to_string(how_.lease.count())};
        return one;
    }

    /// The same in the far network.
    template <typename Make>
    place far(Make make) {
        far_now_ = far_.exists();
        auto one = make();
        if (far_now_) {
            auto const before = far_.command();
            one.command.insert(one.command.begin(), before.begin(), before.end());
        }
        far_now_ = false;
        return one;
    }

  private:
    /// Of a database, by way of a new route.
    std::string url(place& one, std::size_t database) {
        if (far_now_) {
            auto const [route, port] = between_.add_far_route(far_.address(), servers_.server_of(database).home());
            one.routes.push_back(route);
            return "host=" + far_.address() + " port=" + std::to_string(port) +
                   // the proxy reads what is said
                   " sslmode=disable gssencmode=disable" + cluster::key_words(database);
        }
        auto const directory = how_.directory / ("r" + std::to_string(++routes_));
        one.routes.push_back(between_.add_route(directory, servers_.server_of(database).home()));
        return "host=" + directory.string() + cluster::key_words(database);
    }

    settings const& how_;
    cluster& servers_;
    proxy& between_;
    far_network const& far_;
    bool far_now_ = false; ///< whether the place that is being made is in the far network
    random numbers_;
    int routes_ = 0;
};

void give_clock(place& one, steered_clock const& clock) {
    std::istringstream words{"env " + clock.environment()};
    one.command.insert(one.command.begin(), std::istream_iterator<std::string>{words}, {});
}

} // namespace

std::vector<place> make_places(settings const& how, cluster& servers, proxy& between, far_network const& far,
                               std::deque<steered_clock> const& clocks) {
    builder make{how, servers, between, far};
    std::vector<place> places;
    for (std::size_t database = 0; database < cluster::databases; ++database) {
        places.push_back(make.producer(database, 1));
        for (int i = 1; i <= 2; ++i)
            places.push_back(database == 1 && i == 2 ? make.far([&] { return make.relay(database, i); })
                                                     : make.relay(database, i));
    }
    places.push_back(make.producer(0, 2));
    for (int i = 1; i < workers; ++i) places.push_back(make.worker(i));
    places.push_back(make.far([&] { return make.worker(workers); }));
    std::map<role, std::size_t> dealt;
    for (auto& one : places)
        if (!clocks.empty()) give_clock(one, clocks[dealt[one.what]++ % clocks.size()]);
    return places;
}

} // namespace txq::chaos
