#include "destination.hpp"

#include <txq/detail/planted.hpp>

#include "columns.hpp"

namespace txq::relay {

record destination::read_record(outbox_key const& of) {
    auto const row = link_.run(sql::relay_position, pq::params{of.id, of.database})[0];
    record result{.last = {}, .copied = row["copied"].as<bool>()};
    if (row["batch"].is_null()) return result;
    result.last = {
        .batch = row["batch"].as<std::int64_t>(),
        .timeline = row["timeline"].as<std::int64_t>(),
        .at = {.txid = row["position_txid"].as<transaction_id>(), .seq = row["position_seq"].as<std::int64_t>()}};
    auto const txids = numbers<transaction_id>(row["late_txids"].c_str());
    auto const seqs = numbers<std::int64_t>(row["late_seqs"].c_str());
    for (std::size_t i = 0; i < txids.size(); ++i) result.last.at.late.push_back({txids[i], seqs.at(i)});
    return result;
}

std::int64_t destination::write(outbox_key const& of, progress const& after, batch const& jobs, writing how) {
    pq::params with{of.id, of.database, after.batch, after.timeline};
    add(with, after.at).add(relay_).add(how.again);
    for (auto const& column : jobs.columns) with.add(column);
    with.add(how.notify);
    try {
        TXQ_IF_PLANTED("position-before-jobs", link_.run(planted::position_only, with))
        auto const row = link_.run(sql::write_batch, with)[0];
        TXQ_IF_PLANTED("position-after-jobs", link_.run(planted::position_only, with))
        if (!row["written"].as<bool>()) throw overtaken{};
        return row["moved"].as<std::int64_t>();
    } catch (failure const& failed) {
        if (failed.violates_unique()) throw overtaken{}; // at the same moment
        throw;
    }
}

void destination::prune(outbox_key const& of, std::int64_t first_batch_to_keep) {
    link_.run(sql::prune_batches, pq::params{of.id, of.database, first_batch_to_keep});
}

} // namespace txq::relay
