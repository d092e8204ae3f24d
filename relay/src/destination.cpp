#include "destination.hpp"

#include "columns.hpp"

namespace txq::relay {

progress destination::read_progress(std::string const& source_id) {
    auto const rows = link_.run(sql::relay_position, pq::params{source_id});
    if (rows.empty()) return {};
    auto const row = rows[0];
    auto const txids = numbers<transaction_id>(row["late_txids"].c_str());
    auto const seqs = numbers<std::int64_t>(row["late_seqs"].c_str());
    progress result{
        .batch = row["batch"].as<std::int64_t>(),
        .origin = row["origin"].c_str(),
        .at = {.txid = row["position_txid"].as<transaction_id>(), .seq = row["position_seq"].as<std::int64_t>()}};
    for (std::size_t i = 0; i < txids.size(); ++i) result.at.late.push_back({.txid = txids[i], .seq = seqs.at(i)});
    return result;
}

std::int64_t destination::write(std::string const& source_id, progress const& after, batch const& jobs, bool again) {
    pq::params with{source_id, after.batch, after.origin};
    add(with, after.at).add(relay_).add(again);
    for (auto const& column : jobs.columns) with.add(column);
    try {
        auto const row = link_.run(sql::write_batch, with)[0];
        if (!row["written"].as<bool>()) throw overtaken{};
        return row["moved"].as<std::int64_t>();
    } catch (failure const& failed) {
        if (failed.violates_unique()) throw overtaken{}; // at the same moment
        throw;
    }
}

void destination::prune(std::string const& source_id, std::int64_t first_batch_to_keep) {
    link_.run(sql::prune_batches, pq::params{source_id, first_batch_to_keep});
}

} // namespace txq::relay
