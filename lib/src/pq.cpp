#include <txq/detail/pq.hpp>

#include <pqxx/version>

#define TXQ_PQXX_7_10 (PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10))

namespace txq::pq {

void array_literal::append_quoted(std::string const& element) {
    text_.reserve(text_.size() + element.size() + 2);
    text_ += '"';
    for (char const c : element) {
        if (c == '"' || c == '\\') text_ += '\\';
        text_ += c;
    }
    text_ += '"';
}

namespace {

#if PQXX_VERSION_MAJOR >= 7
pqxx::params native(params const& with) {
    pqxx::params result;
    for (auto const& value : with.values()) {
        if (value)
            result.append(*value);
        else
            result.append();
    }
    return result;
}
#else
/// Begins the transaction if nothing has been run in it, which libpqxx 6 forgets for statements with parameters: the
/// first one in a subtransaction would run outside of its savepoint.
void begin(pqxx::transaction_base& tx) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored                                                                                         \
    "-Wdeprecated-declarations" // nothing else that is public begins without running anything
    static_cast<void>(tx.prepared(""));
#pragma GCC diagnostic pop
}

/// Null pointers are nulls. Valid while the parameters are.
std::vector<char const*> native(params const& with) {
    std::vector<char const*> result;
    result.reserve(with.values().size());
    for (auto const& value : with.values()) result.push_back(value ? value->c_str() : nullptr);
    return result;
}
#endif

} // namespace

pqxx::result exec(pqxx::transaction_base& tx, statement const& what, params const& with) {
#if TXQ_PQXX_7_10
    return tx.exec(what.text, native(with));
#elif PQXX_VERSION_MAJOR >= 7
    return tx.exec_params(what.text, native(with));
#else
    auto const values = native(with);
    begin(tx);
    return tx.exec_params(what.text, pqxx::prepare::make_dynamic_params(values));
#endif
}

pqxx::result exec_prepared(pqxx::transaction_base& tx, statement const& what, params const& with) {
#if TXQ_PQXX_7_10
    return tx.exec(pqxx::prepped{what.name}, native(with));
#elif PQXX_VERSION_MAJOR >= 7
    return tx.exec_prepared(what.name, native(with));
#else
    auto const values = native(with);
    begin(tx);
    return tx.exec_prepared(what.name, pqxx::prepare::make_dynamic_params(values));
#endif
}

std::string sqlstate(std::exception const& failed) {
    auto const* by_server = dynamic_cast<pqxx::sql_error const*>(&failed);
    if (!by_server) return {};
    auto const state = by_server->sqlstate();
    return state.empty() && dynamic_cast<pqxx::insufficient_privilege const*>(&failed) ? "42501" : state;
}

std::string describe(connection_of_transaction& to) {
    auto const text = [](char const* value) { return std::string{value ? value : ""}; };
    auto const host = text(to.hostname());
    return "database " + text(to.dbname()) + (host.empty() ? "" : " on " + host) + ", port " + text(to.port()) +
           ", as role " + text(to.username());
}

void never_reconnect([[maybe_unused]] pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" // because 7 does so always
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
}

#if TXQ_PQXX_7_10
struct listener::implementation {
    implementation(pqxx::connection& where, std::string const& name, std::function<void(std::string_view)> then)
        : connection{where},
          channel{name} {
        connection.listen(channel, [then = std::move(then)](pqxx::notification const& event) { then(event.payload); });
    }
    ~implementation() {
        try {
            if (connection.is_open()) connection.listen(channel);
        } catch (std::exception const&) { // the connection is gone, and the subscription with it
        }
    }
    pqxx::connection& connection;
    std::string channel;
};
#else
struct listener::implementation : pqxx::notification_receiver {
    implementation(pqxx::connection& where, std::string const& name, std::function<void(std::string_view)> handler)
        : pqxx::notification_receiver{where, name},
          then{std::move(handler)} {}
    void operator()(std::string const& payload, int) override { then(payload); }
    std::function<void(std::string_view)> then;
};
#endif

listener::listener(pqxx::connection& connection, std::string const& channel,
                   std::function<void(std::string_view)> on_notify)
    : implementation_{std::make_unique<implementation>(connection, channel, std::move(on_notify))} {}

listener::~listener() = default;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" // 7.10 has another way, which 6.4 has not
struct notice_listener::implementation : pqxx::errorhandler {
    implementation(pqxx::connection& where, std::function<void(std::string_view)> handler)
        : pqxx::errorhandler{where},
          then{std::move(handler)} {}
    bool operator()(char const text[]) noexcept override {
        try {
            then(text);
        } catch (std::exception const&) { // nobody to tell
        }
        return true;
    }
    std::function<void(std::string_view)> then;
};
#pragma GCC diagnostic pop

notice_listener::notice_listener(pqxx::connection& connection, std::function<void(std::string_view)> on_notice)
    : implementation_{std::make_unique<implementation>(connection, std::move(on_notice))} {}

notice_listener::~notice_listener() = default;

} // namespace txq::pq
