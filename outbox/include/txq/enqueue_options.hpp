#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include <txq/unique.hpp>

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

    /// Whose job it is, such as the customer for whom it is done: up to 128 bytes. Empty: nobody's in particular.
    std::string tenant{};

    /// Whether another job of this kind may stand for it, so that it does not become one of its own.
    std::optional<txq::unique> unique{};

    /// Jobs of a queue that have the same order key, such as "account 42", are run one after the other, in the order in
    /// which they were enqueued: up to 128 bytes. Empty: whenever a worker is free. See docs/order.md.
    std::string order_key{};

    /// Whether the jobs behind it wait for a person's decision when it is dead or held; else they go on. While it is
    /// to be tried again they wait in either case.
    bool order_holds = true;

    /// The most bytes that the payload may have as jsonb writes it (`{"a": 1}`, with that space): up to 32 MiB. What is
    /// larger belongs in a table of the application's.
    std::size_t payload_limit = std::size_t{256} * 1024;
};

} // namespace txq
