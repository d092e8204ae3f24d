#pragma once

// The one place that knows which libpqxx this is: 6.4 (Debian 12, Ubuntu 22.04) or 7 (Debian 13, Ubuntu 24.04).

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include <txq/detail/statement.hpp>
#include <txq/uuid.hpp>

namespace txq::pq {

/// A value as PostgreSQL's text format has it.
inline std::string text_of(std::string value) { return value; }
inline std::string text_of(std::string_view value) { return std::string{value}; }
inline std::string text_of(char const* value) { return value; }
inline std::string text_of(uuid const& value) { return value.str(); }
inline std::string text_of(bool value) { return value ? "t" : "f"; }
template <std::integral Integer>
std::string text_of(Integer value) {
    return std::to_string(value);
}

/// A text that may be missing: empty is null.
inline std::optional<std::string_view> unless_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

/// An array as PostgreSQL's text format has it. Elements may be std::optional: without a value they are null.
class array_literal {
  public:
    template <typename T>
    array_literal& add(T const& element) {
        text_ += text_.empty() ? '{' : ',';
        append_quoted(text_of(element));
        return *this;
    }
    template <typename T>
    array_literal& add(std::optional<T> const& element) {
        if (element) return add(*element);
        text_ += text_.empty() ? "{null" : ",null";
        return *this;
    }

    std::string str() && {
        if (text_.empty()) return "{}";
        text_ += '}';
        return std::move(text_);
    }

  private:
    void append_quoted(std::string const& element);

    std::string text_;
};

template <std::ranges::input_range Range>
std::string array(Range&& elements) {
    array_literal literal;
    for (auto const& element : elements) literal.add(element);
    return std::move(literal).str();
}

/// One member or function of each element, as an array.
template <std::ranges::input_range Range, typename Projection>
std::string array(Range&& elements, Projection projection) {
    array_literal literal;
    for (auto const& element : elements) literal.add(std::invoke(projection, element));
    return std::move(literal).str();
}

/// The parameters of a statement, $1 first.
class params {
  public:
    params() = default;
    template <typename... Values>
    requires(sizeof...(Values) > 0 && !(sizeof...(Values) == 1 && (std::same_as<std::remove_cvref_t<Values>, params> &&
                                                                   ...))) explicit params(Values const&... values) {
        values_.reserve(sizeof...(Values));
        (add(values), ...);
    }

    template <typename T>
    params& add(T const& value) {
        values_.emplace_back(text_of(value));
        return *this;
    }
    template <typename T>
    params& add(std::optional<T> const& value) {
        if (value) return add(*value);
        return add(std::nullopt);
    }
    params& add(std::nullopt_t) {
        values_.emplace_back();
        return *this;
    }

    std::vector<std::optional<std::string>> const& values() const noexcept { return values_; }

  private:
    std::vector<std::optional<std::string>> values_;
};

/// Runs a statement in the caller's transaction, planned anew each time: works behind a PgBouncer in transaction mode.
pqxx::result exec(pqxx::transaction_base& tx, statement const& what, params const& with);

/// The same for a statement that the connection has been made to prepare.
pqxx::result exec_prepared(pqxx::transaction_base& tx, statement const& what, params const& with);

/// The SQLSTATE of a failed statement; empty: none. libpqxx 6 does not pass on that of a missing privilege, 42501.
std::string sqlstate(std::exception const& failed);

/// What a transaction is on: in libpqxx 6 the base of all classes of connections.
using connection_of_transaction = std::remove_reference_t<decltype(std::declval<pqxx::transaction_base&>().conn())>;

/// Which database a connection is to, for people: its name, its server, and the role.
std::string describe(connection_of_transaction& connection);

/// Whether a connection stays closed once it is lost, which libpqxx 6 has to be asked for.
void never_reconnect(pqxx::connection& connection);

/// Calls `on_notify` with the payload of each notification on the channel, from within connection.get_notifs() and
/// await_notification().
class listener {
  public:
    listener(pqxx::connection& connection, std::string const& channel,
             std::function<void(std::string_view payload)> on_notify);
    ~listener();
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;

  private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

/// Calls `on_notice` with what the server says beside its answers, such as `WARNING:  text`, during the connection's
/// statements and for as long as this lives.
class notice_listener {
  public:
    notice_listener(pqxx::connection& connection, std::function<void(std::string_view text)> on_notice);
    ~notice_listener();
    notice_listener(notice_listener const&) = delete;
    notice_listener& operator=(notice_listener const&) = delete;

  private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace txq::pq
