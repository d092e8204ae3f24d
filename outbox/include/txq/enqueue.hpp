#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <pqxx/transaction_base>

#include <txq/error.hpp>
#include <txq/uuid.hpp>

namespace txq {

/// How a job is to be run. The SQL function txq.enqueue has the same options, defaults and limits.
struct enqueue_options {
    /// Which workers may take it: 1 to 128 bytes.
    std::string queue = "default";

    /// 0, the most urgent, to 3.
    int priority = 2;

    /// Not before this long after the enqueue, by the database's clock: up to 36,500 days. Zero: at once. Not together
    /// with run_at.
    std::chrono::milliseconds delay{0};

    /// Not before this point in time, of the years 1970 to 2199. In the past: at once.
    std::optional<std::chrono::system_clock::time_point> run_at{};

    /// Attempts before the job is dead: 1 to 1000.
    int max_attempts = 20;

    /// What makes a second run of the same operation harmless: a uuid, or any name of up to 512 bytes that is unique
    /// within the kind, such as "invoice 4711". Empty: the job's id, so that each enqueue is an operation of its own.
    std::string operation_id{};

    /// Handed to the handler: names that are not empty, 16 KiB at most as JSON. `traceparent` is that of the thread's
    /// trace_scope unless it is given.
    std::map<std::string, std::string> headers{};

    /// The most bytes that the payload may have as jsonb writes it (`{"a": 1}`, with that space): up to 32 MiB. What is
    /// larger belongs in a table of the application's.
    std::size_t payload_limit = std::size_t{256} * 1024;
};

/// The arguments of a job: a struct with a `kind` that nlohmann::json can write and read.
template <typename Args>
concept job_arguments = requires(Args const& args) {
    { Args::kind } -> std::convertible_to<std::string_view>;
    nlohmann::json(args);
};

template <typename Range>
concept job_arguments_range = std::ranges::input_range<Range> && job_arguments<std::ranges::range_value_t<Range>>;

/// A job of enqueue_many.
struct new_job {
    /// JSON.
    std::string payload;
    /// As in enqueue_options.
    std::string operation_id{};
};

/// Enqueues a job in the caller's transaction, in one statement, and returns the job's id: it will be run if that
/// transaction commits, and was never there if it does not. Never begins, commits, rolls back or retries.
///
/// `tx` may be of any libpqxx transaction class, on a connection with any settings, also behind a PgBouncer that pools
/// by transaction. Where its client_encoding is not UTF8, kind, queue and operation_id must be ASCII.
///
/// `kind` has 1 to 128 bytes. `payload` is JSON that PostgreSQL's jsonb can hold: UTF-8, no NUL and no \u0000, no lone
/// surrogates, numbers that numeric can hold, 512 levels at most.
///
/// Throws error for what cannot be enqueued, before a statement is sent, so that the transaction is still usable; its
/// code (bad_kind to bad_headers) and text say which field it was, and the limit. Throws error (schema_missing) if the
/// database has no outbox; PostgreSQL has aborted the transaction then. libpqxx's exceptions pass through.
/// Any thread, as long as it is the only one that uses `tx`.
uuid enqueue(pqxx::transaction_base& tx, std::string_view kind, std::string_view payload,
             enqueue_options const& options = {});

/// The same for a struct. Throws error (bad_payload) also for numbers that are not finite, which JSON cannot say.
template <job_arguments Args>
uuid enqueue(pqxx::transaction_base& tx, Args const& args, enqueue_options const& options = {});

/// Enqueues many jobs of one kind with the same options in one statement, which costs a fraction of as many enqueues,
/// and returns their ids, which rise, in the order of `jobs`. All or none; none is sent if there are none.
/// `options.operation_id` must be empty: each job has its own. The statement is held in memory whole, and the payloads
/// may have 64 MiB together: enqueue a few thousand at a time.
std::vector<uuid> enqueue_many(pqxx::transaction_base& tx, std::string_view kind, std::span<new_job const> jobs,
                               enqueue_options const& options = {});

/// The same for a range of structs.
template <job_arguments_range Range>
std::vector<uuid> enqueue_many(pqxx::transaction_base& tx, Range&& jobs, enqueue_options const& options = {});

namespace detail {

/// Throws error (bad_payload) for strings that are not UTF-8, numbers that are not finite, and more than 512 levels.
std::string write_json(std::string_view kind, nlohmann::json const& value);

} // namespace detail

template <job_arguments Args>
uuid enqueue(pqxx::transaction_base& tx, Args const& args, enqueue_options const& options) {
    return enqueue(tx, Args::kind, detail::write_json(Args::kind, nlohmann::json(args)), options);
}

template <job_arguments_range Range>
std::vector<uuid> enqueue_many(pqxx::transaction_base& tx, Range&& jobs, enqueue_options const& options) {
    using args_type = std::ranges::range_value_t<Range>;
    std::vector<new_job> written;
    if constexpr (std::ranges::sized_range<Range>) written.reserve(std::ranges::size(jobs));
    for (auto const& args : jobs)
        written.push_back({.payload = detail::write_json(args_type::kind, nlohmann::json(args))});
    return enqueue_many(tx, args_type::kind, written, options);
}

} // namespace txq
