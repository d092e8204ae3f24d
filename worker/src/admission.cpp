#include "admission.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

namespace txq {

namespace {

using pointer = std::shared_ptr<attempt>;

std::map<uuid, std::vector<limit_places>> ask(session& database, std::vector<pointer> const& counted, crew const& of) {
    pq::params const with{counted.front()->worker, pq::array(counted, [](pointer const& one) { return one->job.id; }),
                          pq::array(counted, [](pointer const& one) { return one->job.fence; }), of.number, of.threads};
    std::map<uuid, std::vector<limit_places>> admitted;
    for (auto const& row : database.run(sql::admit_jobs, with))
        admitted.emplace(uuid::parse(row["id"].c_str()).value_or(uuid{}), read_places(row));
    return admitted;
}

} // namespace

int park_those_over_limits(session& database, std::vector<pointer>& claimed, shared_state& state, crew const& of) {
    std::vector<pointer> counted;
    std::ranges::copy_if(claimed, std::back_inserter(counted),
                         [](pointer const& one) { return one->counted != attempt::counting::none; });
    if (counted.empty()) return 0;
    auto const admitted = ask(database, counted, of);
    auto const gone = std::erase_if(claimed, [&](pointer const& one) {
        if (one->counted == attempt::counting::none) return false;
        auto const found = admitted.find(one->job.id);
        if (found != admitted.end()) {
            one->places = found->second;
            return false;
        }
        if (one->is_suspect()) state.has_suspect = false;
        return true;
    });
    return static_cast<int>(gone);
}

std::vector<limit_places> read_places(pqxx::row const& row) {
    std::vector<limit_places> all;
    if (row["limits"].is_null()) return all;
    auto const limits = nlohmann::json::parse(row["limits"].c_str());
    auto const keys = nlohmann::json::parse(row["keys"].c_str());
    auto const places = nlohmann::json::parse(row["places"].c_str());
    for (std::size_t i = 0; i < limits.size(); ++i)
        all.push_back({limits[i].get<std::int64_t>(), keys[i].get<std::string>(),
                       places[i].is_null() ? 0 : places[i].get<std::int64_t>()});
    std::erase_if(all, [](limit_places const& one) { return one.places == 0; });
    return all;
}

void release_parked(session& database, std::vector<limit_places> const& ended) {
    if (ended.empty()) return;
    database.run(sql::release_parked,
                 pq::params{pq::array(ended, &limit_places::limit), pq::array(ended, &limit_places::key),
                            pq::array(ended, &limit_places::places)});
}

} // namespace txq
