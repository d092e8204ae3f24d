#include "destination.hpp"

#include <txq/detail/planted.hpp>
#include <txq/log.hpp>

#include "columns.hpp"

namespace txq::relay {

namespace {

/// What a row of the outbox takes besides its payload and headers, roughly.
constexpr std::size_t bytes_besides = 150;

std::int64_t added_in(pqxx::row const& row) {
    if (!row["written"].as<bool>()) throw overtaken{};
    return row["moved"].as<std::int64_t>();
}

std::optional<stop> stop_in(pqxx::row const& row) {
    if (row["kept_batch"].is_null()) return std::nullopt;
    return stop{.kept_batch = row["kept_batch"].as<std::int64_t>(),
                .timeline = row["stopped_timeline"].as<std::int64_t>(),
                .why = parse_stop_reason(row["why"].c_str()),
                .resumed = row["resumed"].as<bool>()};
}

} // namespace

record destination::read_record(outbox_key const& of) {
    auto const row = link_.run(sql::relay_position, pq::params{of.id, of.database})[0];
    record result{.last = {}, .copied = row["copied"].as<bool>()};
    if (row["batch"].is_null()) return result;
    result.last = {
        .batch = row["batch"].as<std::int64_t>(),
        .timeline = row["timeline"].as<std::int64_t>(),
        .at = {.txid = row["position_txid"].as<transaction_id>(), .seq = row["position_seq"].as<std::int64_t>()},
        .again = row["again"].as<bool>()};
    auto const txids = numbers<transaction_id>(row["late_txids"].c_str());
    auto const seqs = numbers<std::int64_t>(row["late_seqs"].c_str());
    for (std::size_t i = 0; i < txids.size(); ++i) result.last.at.late.push_back({txids[i], seqs.at(i)});
    result.stopped = stop_in(row);
    return result;
}

stopped destination::stop_moving(outbox_key const& of, std::int64_t last_batch, stop const& why) {
    link_.run(sql::stop_outbox, pq::params{of.id, of.database, last_batch, why.kept_batch, why.timeline,
                                           to_text(why.why), relay_, why.resumed});
    auto const known = link_.run(sql::stopped_outboxes, pq::params{of.id, of.database});
    // none: another relay has moved from a server that has everything
    if (known.empty()) throw overtaken{};
    return stopped{of, known[0]};
}

bool destination::is_stopped(outbox_key const& of) {
    auto const known = read_record(of).stopped;
    return known && !known->resumed;
}

written destination::write(outbox_key const& of, progress const& after, batch const& jobs, bool again) {
    auto const with = [&](std::vector<std::string> const& columns) {
        pq::params all{of.id, of.database, after.batch, after.timeline};
        add(all, after.at).add(relay_).add(again);
        for (auto const& column : columns) all.add(column);
        return all.add(after.again);
    };
    try {
        return jobs.any_unique ? settle_and_write(jobs, again, with) : write_all(with(jobs.columns));
    } catch (failure const& failed) {
        if (!failed.violates_unique()) throw;
        if (again) throw overtaken{}; // at the same moment
        // Overtaken, or some of the jobs are there already.
        return write(of, after, jobs, true);
    }
}

written destination::write_all(pq::params const& with) {
    TXQ_IF_PLANTED("position-before-jobs", link_.run(planted::position_only, with))
    auto const row = link_.run(sql::write_batch, with)[0];
    TXQ_IF_PLANTED("position-after-jobs", link_.run(planted::position_only, with))
    written const result{.added = added_in(row)};
    let_next_in_order_run(row);
    return result;
}

written destination::settle_and_write(batch const& jobs, bool again, parameters const& with) {
    pq::params settling;
    for (auto const& column : jobs.columns) settling.add(column);
    settling.add(again);
    written result;
    pqxx::row row;
    link_.together([&](link::runner const& run) {
        auto const left = run(sql::settle_unique, settling)[0];
        result.stood_for = jobs.jobs - left["own"].as<std::int64_t>();
        row = run(sql::write_batch, with(columns_of(left)))[0];
        result.added = added_in(row);
    });
    let_next_in_order_run(row);
    return result;
}

std::optional<batch> destination::move_within(outbox_key const& of, position const& from, read_limit const& limit,
                                              progress_after const& after) {
    batch jobs;
    pqxx::row row;
    try {
        link_.together([&](link::runner const& run) {
            pq::params reading;
            row = run(sql::move_outbox, add(reading, from).add(limit.rows).add(limit.bytes))[0];
            jobs = batch_of(row);
            jobs.asked = limit.rows;
            jobs.bytes = row["bytes"].as<std::size_t>() + static_cast<std::size_t>(jobs.jobs) * bytes_besides;
            if (jobs.jobs > 0 && !jobs.any_unique) record_batch(of, after(jobs), jobs, run);
        });
    } catch (failure const& failed) {
        // A deadlock is with a relay that writes what it has read: it adds its batch's record and then the jobs.
        if (!failed.violates_unique() && failed.kind() != fault::retry) throw;
        return std::nullopt;
    }
    if (jobs.any_unique) return std::nullopt;
    let_next_in_order_run(row);
    return jobs;
}

void destination::record_batch(outbox_key const& of, progress const& after, batch const& jobs,
                               link::runner const& run) {
    pq::params with{of.id, of.database, after.batch, after.timeline};
    add(with, after.at).add(relay_).add(jobs.jobs);
    if (!run(sql::record_batch, with)[0]["written"].as<bool>()) throw overtaken{};
}

/// After the batch is written, which is why a failure here is none of the batch's: workers make up for it.
void destination::let_next_in_order_run(pqxx::row const& batch) {
    if (batch["order_keys"].is_null()) return;
    try {
        pq::params const orders{batch["order_queues"].c_str(), batch["order_keys"].c_str()};
        link_.together([&](link::runner const& run) {
            run(sql::lock_orders, orders);
            run(sql::next_in_order, orders);
        });
    } catch (failure const& failed) {
        log::debug("the next jobs in order have to wait a little", {{"error", failed.what()}});
    }
}

void destination::prune(outbox_key const& of, std::int64_t first_batch_to_keep) {
    link_.run(sql::prune_batches, pq::params{of.id, of.database, first_batch_to_keep});
}

std::vector<full_queue> destination::full_queues() {
    std::vector<full_queue> full;
    for (auto const& row : link_.run(sql::queue_depths))
        full.push_back({row["queue"].c_str(), row["max_depth"].as<std::int64_t>(), row["refuses"].as<bool>()});
    return full;
}

} // namespace txq::relay
