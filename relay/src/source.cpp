#include "source.hpp"

#include "columns.hpp"

namespace txq::relay {

namespace {

pq::params as_params(position const& where) {
    pq::params result;
    add(result, where);
    return result;
}

} // namespace

bool source::try_lock() { return pooled_ || link_.run(sql::outbox_lock)[0]["locked"].as<bool>(); }

source::outbox source::identify() {
    auto const row = link_.run(sql::outbox_source)[0];
    return {.id = row["source"].c_str(),
            .barrier = row["barrier"].as<std::int64_t>(),
            .anew = row["anew"].as<std::int64_t>(),
            .truncated = {row["truncated_txid"].as<transaction_id>(), row["truncated_seq"].as<std::int64_t>()}};
}

peeked source::peek(position const& from) {
    auto const row = link_.run(sql::peek_outbox, as_params(from))[0];
    return {.anything = row["anything"].as<bool>(), .seen = seen_by(row)};
}

batch source::read(position const& from, read_limit const& limit) {
    auto const row = link_.run(sql::read_outbox, as_params(from).add(limit.rows).add(limit.bytes))[0];
    auto result = batch_of(row);
    result.asked = limit.rows;
    result.columns = columns_of(row);
    for (auto const& column : result.columns) result.bytes += column.size();
    return result;
}

bool source::flush(std::int64_t batch_number, std::int64_t known) {
    return !link_.run(sql::outbox_barrier, pq::params{batch_number, known}).empty();
}

void source::tidy(position const& moved) {
    link_.run(sql::truncate_outbox, as_params(moved));
    link_.run(sql::turn_outbox);
}

std::optional<next_job> source::next(position const& from) {
    auto const rows = link_.run(sql::next_job, as_params(from));
    if (rows.empty()) return std::nullopt;
    auto const row = rows[0];
    return next_job{.seen = seen_by(row),
                    .at = {.late = row["late"].as<bool>(),
                           .txid = row["txid"].as<transaction_id>(),
                           .seq = row["seq"].as<std::int64_t>()},
                    .id = row["id"].c_str()};
}

batch source::read_one(next_job const& which) {
    // As it has ended, its transaction's rows come next to each other, wherever the position is.
    auto one = read({.txid = which.at.txid, .seq = which.at.seq - 1}, {.rows = 1, .bytes = 0});
    one.seen = which.seen;
    one.last = which.at;
    return one;
}

batch source::reject(next_job const& which, std::string const& why, bool unreadable) {
    try {
        link_.run(sql::reject_job, pq::params{which.at.txid, which.at.seq, why, false});
    } catch (failure const& refused) {
        if (!unreadable || (!refused.is_internal() && !refused.refuses_data())) throw;
        link_.run(sql::reject_job,
                  pq::params{which.at.txid, which.at.seq, why + "; its payload is not here for the same reason", true});
    }
    return {.seen = which.seen, .last = which.at, .jobs = 0, .columns = no_columns()};
}

std::size_t source::begin_anew(std::int64_t batch_number) {
    link_.run(sql::outbox_anew, pq::params{batch_number});
    return link_.run(sql::adopt_outbox).size();
}

void source::publish(std::vector<full_queue> const& full) {
    link_.run(sql::publish_full_queues,
              pq::params{pq::array(full, &full_queue::queue), pq::array(full, &full_queue::max_depth),
                         pq::array(full, &full_queue::refuses)});
}

} // namespace txq::relay
