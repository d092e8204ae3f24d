#include "handlers.hpp"

#include <txq/detail/read_file.hpp>
#include <txq/error.hpp>

#include "exec_handler.hpp"
#include "plugin.hpp"
#include "schedule_sql_handler.hpp"
#include "sql_handler.hpp"

namespace txq::program {

namespace {

/// Adds the handler of one kind to a registry.
class adder {
  public:
    adder(registry& to, plugins& libraries, config const& from) : to_{to}, libraries_{libraries}, from_{from} {}

    void add(kind_config const& kind) {
        std::visit([&](auto const& how) { add(kind, how); }, kind.handler);
    }

  private:
    void add(kind_config const& kind, exec_config const& how) {
        to_.add(kind.name, exec_handler{how.arguments, from_.directory}, options(kind, {}));
    }
    void add(kind_config const& kind, sql_config const& how) {
        to_.add(kind.name, sql_handler{kind.name, how.statement}, options(kind, {}));
    }
    void add(kind_config const& kind, sql_file_config const& how) {
        to_.add(kind.name, sql_handler{kind.name, read_file(how.file)}, options(kind, {}));
    }
    void add(kind_config const& kind, schedule_sql_config) {
        to_.add(kind.name, schedule_sql_handler{}, options(kind, {}));
    }
    void add(kind_config const& kind, plugin_config const& how) {
        auto const& registered = libraries_.find(how.library, kind.name);
        auto const chosen = options(kind, registered.options);
        if (registered.plain)
            to_.add(kind.name, registered.plain, chosen);
        else
            to_.add(kind.name, registered.in_transaction, chosen);
    }

    static handler_options options(kind_config const& kind, handler_options const& otherwise) {
        return {.retry = kind.retry.value_or(otherwise.retry), .timeout = kind.timeout.value_or(otherwise.timeout)};
    }

    registry& to_;
    plugins& libraries_;
    config const& from_;
};

} // namespace

registry make_handlers(config const& from) {
    registry handlers;
    plugins libraries;
    adder each{handlers, libraries, from};
    std::string problems;
    for (auto const& kind : from.kinds) {
        try {
            each.add(kind);
        } catch (std::exception const& wrong) {
            problems += (problems.empty() ? "" : "\n") + kind.where + ": " + wrong.what();
        }
    }
    if (!problems.empty()) throw error{errc::bad_configuration, problems};
    return handlers;
}

} // namespace txq::program
