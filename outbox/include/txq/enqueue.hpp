#pragma once

#include <concepts>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <txq/enqueue_options.hpp>
#include <txq/error.hpp>
#include <txq/outbox_ref.hpp>
#include <txq/uuid.hpp>

namespace txq {

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
/// `to` is the transaction, as in `txq::enqueue(tx, ...)`: of any libpqxx transaction class, on a connection with any
/// settings, also behind a PgBouncer that pools by transaction. Where its client_encoding is not UTF8, kind, queue and
/// operation_id must be ASCII. In tests it may be a stand-in: see <txq/testing.hpp>.
///
/// `kind` has 1 to 128 bytes. `payload` is JSON that PostgreSQL's jsonb can hold: UTF-8, no NUL and no \u0000, no lone
/// surrogates, numbers that numeric can hold, 512 levels at most.
///
/// Throws error for what cannot be enqueued, before a statement is sent, so that the transaction is still usable; its
/// code (bad_kind to bad_headers) and text say which field it was, and the limit. Throws error (schema_missing) if the
/// database has no outbox, error (missing_privilege) if the role has not the rights of a producer, and error (queue_full);
/// PostgreSQL has aborted the transaction then. libpqxx's exceptions pass through.
/// Any thread, as long as it is the only one that uses the transaction.
uuid enqueue(outbox_ref to, std::string_view kind, std::string_view payload, enqueue_options const& options = {});

/// The same for a struct. Throws error (bad_payload) also for numbers that are not finite, which JSON cannot say.
template <job_arguments Args>
uuid enqueue(outbox_ref to, Args const& args, enqueue_options const& options = {});

/// Enqueues many jobs of one kind with the same options in one statement, which costs a fraction of as many enqueues,
/// and returns their ids, which rise, in the order of `jobs`. All or none; none is sent if there are none.
/// `options.operation_id` must be empty: each job has its own. The statement is held in memory whole, and the payloads
/// may have 64 MiB together: enqueue a few thousand at a time.
std::vector<uuid> enqueue_many(outbox_ref to, std::string_view kind, std::span<new_job const> jobs,
                               enqueue_options const& options = {});

/// The same for a range of structs.
template <job_arguments_range Range>
std::vector<uuid> enqueue_many(outbox_ref to, Range&& jobs, enqueue_options const& options = {});

namespace detail {

/// Throws error (bad_payload) for strings that are not UTF-8, numbers that are not finite, and more than 512 levels.
std::string write_json(std::string_view kind, nlohmann::json const& value);

} // namespace detail

template <job_arguments Args>
uuid enqueue(outbox_ref to, Args const& args, enqueue_options const& options) {
    return enqueue(to, Args::kind, detail::write_json(Args::kind, nlohmann::json(args)), options);
}

template <job_arguments_range Range>
std::vector<uuid> enqueue_many(outbox_ref to, Range&& jobs, enqueue_options const& options) {
    using args_type = std::ranges::range_value_t<Range>;
    std::vector<new_job> written;
    if constexpr (std::ranges::sized_range<Range>) written.reserve(std::ranges::size(jobs));
    for (auto const& args : jobs)
        written.push_back({.payload = detail::write_json(args_type::kind, nlohmann::json(args))});
    return enqueue_many(to, args_type::kind, written, options);
}

} // namespace txq
