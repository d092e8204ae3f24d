#include "batch.hpp"

#include "columns.hpp"

namespace txq::relay {

namespace {

constexpr char const* columns[] = {"ids",     "operation_ids", "queues",  "kinds", "priorities",  "max_attempts",
                                   "run_ats", "payloads",      "headers", "rules", "enqueued_ats"};

std::optional<last_row> last_of(pqxx::row const& row) {
    if (!row["more"].as<bool>()) return std::nullopt;
    return last_row{.late = row["last_late"].as<bool>(),
                    .txid = row["last_txid"].as<transaction_id>(),
                    .seq = row["last_seq"].as<std::int64_t>()};
}

} // namespace

snapshot seen_by(pqxx::row const& row) {
    return {.xmax = row["xmax"].as<transaction_id>(),
            .in_progress = numbers<transaction_id>(row["in_progress"].c_str())};
}

batch batch_of(pqxx::row const& row) {
    return {.seen = seen_by(row),
            .last = last_of(row),
            .jobs = row["jobs"].as<int>(),
            .any_unique = row["any_unique"].as<bool>()};
}

std::vector<std::string> columns_of(pqxx::row const& row) {
    std::vector<std::string> result;
    for (auto const* column : columns) result.emplace_back(row[column].c_str(), row[column].size());
    return result;
}

std::vector<std::string> no_columns() { return std::vector<std::string>(std::size(columns), "{}"); }

} // namespace txq::relay
