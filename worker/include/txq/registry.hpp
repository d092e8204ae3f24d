#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include <txq/context.hpp>
#include <txq/job.hpp>
#include <txq/outcome.hpp>
#include <txq/retry.hpp>

namespace txq {

/// What goes for the jobs of a kind.
struct handler_options {
    /// What becomes of a job whose attempt has failed, and how long it waits for its next one.
    retry_policy retry{};

    /// After this long the handler is asked to stop (context::stop), and its attempt has failed. Zero: never.
    std::chrono::milliseconds timeout = std::chrono::minutes{5};
};

using plain_handler = std::function<outcome(raw_job const&, context&)>;
using transaction_handler = std::function<outcome(raw_job const&, context&, pqxx::work&)>;

/// A kind's handler and options; exactly one of the two handlers is set.
struct registration {
    plain_handler plain;
    transaction_handler in_transaction;
    handler_options options;
};

/// The payload does not fit the struct that the kind's handler takes. A failed attempt like any other: a newer worker
/// may be able to read it.
class bad_arguments : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Which handler runs which kind of job. Filled before the workers start, and only read from then on; handlers are
/// called by several threads at once.
///
/// A handler returns an outcome, or nothing, which is outcome::returned(). It may take, by const reference, a
/// txq::job<Args> or a raw_job, then a context, and as a third argument the transaction in which its effects belong:
/// these, the record that the operation has been run, the jobs it enqueues and the completion are then one commit, or
/// none. The transaction is committed by the worker, and only if the job is complete; the handler must not end it.
class registry {
  public:
    /// `add<send_receipt>([](txq::job<send_receipt> const& job, txq::context& ctx) { ... })`
    /// Throws error (bad_configuration) if the kind is registered already or the options cannot be meant.
    template <typename Args, typename Handler>
    registry& add(Handler handler, handler_options options = {});

    /// `add("send_receipt", [](txq::raw_job const& job, txq::context& ctx) { ... })`
    template <typename Handler>
    registry& add(std::string_view kind, Handler handler, handler_options options = {});

    /// Null for a kind that is not registered.
    registration const* find(std::string_view kind) const;
    /// In alphabetical order.
    std::vector<std::string> kinds() const;

  private:
    registry& insert(std::string_view kind, registration entry);

    std::map<std::string, registration, std::less<>> by_kind_;
};

namespace detail {

template <typename Args>
job<Args> typed(raw_job const& raw) {
    try {
        return job<Args>{raw, nlohmann::json::parse(raw.payload).template get<Args>()};
    } catch (nlohmann::json::exception const& wrong) { throw bad_arguments{wrong.what()}; }
}

/// Calls a handler that returns an outcome or nothing.
template <typename Handler, typename... Arguments>
outcome call(Handler& handler, Arguments&... arguments) {
    if constexpr (std::is_void_v<std::invoke_result_t<Handler&, Arguments&...>>) {
        handler(arguments...);
        return outcome::returned();
    } else {
        return handler(arguments...);
    }
}

} // namespace detail

template <typename Args, typename Handler>
registry& registry::add(Handler handler, handler_options options) {
    static_assert(std::invocable<Handler&, job<Args> const&, context&> ||
                      std::invocable<Handler&, job<Args> const&, context&, pqxx::work&>,
                  "a handler takes (txq::job<Args> const&, txq::context&) and perhaps a pqxx::work&");
    registration entry{{}, {}, std::move(options)};
    if constexpr (std::invocable<Handler&, job<Args> const&, context&>) {
        entry.plain = [handler = std::move(handler)](raw_job const& raw, context& ctx) mutable {
            job<Args> const typed = detail::typed<Args>(raw);
            return detail::call(handler, typed, ctx);
        };
    } else {
        entry.in_transaction = [handler = std::move(handler)](raw_job const& raw, context& ctx,
                                                              pqxx::work& tx) mutable {
            job<Args> const typed = detail::typed<Args>(raw);
            return detail::call(handler, typed, ctx, tx);
        };
    }
    return insert(Args::kind, std::move(entry));
}

template <typename Handler>
registry& registry::add(std::string_view kind, Handler handler, handler_options options) {
    static_assert(std::invocable<Handler&, raw_job const&, context&> ||
                      std::invocable<Handler&, raw_job const&, context&, pqxx::work&>,
                  "a handler takes (txq::raw_job const&, txq::context&) and perhaps a pqxx::work&");
    registration entry{{}, {}, std::move(options)};
    if constexpr (std::invocable<Handler&, raw_job const&, context&>) {
        entry.plain = [handler = std::move(handler)](raw_job const& raw, context& ctx) mutable {
            return detail::call(handler, raw, ctx);
        };
    } else {
        entry.in_transaction = [handler = std::move(handler)](raw_job const& raw, context& ctx,
                                                              pqxx::work& tx) mutable {
            return detail::call(handler, raw, ctx, tx);
        };
    }
    return insert(kind, std::move(entry));
}

} // namespace txq
