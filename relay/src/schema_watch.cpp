#include "schema_watch.hpp"

#include <txq/detail/schema.hpp>
#include <txq/log.hpp>

#include "destination.hpp"
#include "source.hpp"

namespace txq::relay {

schema_watch::schema_watch(source& from, destination& to)
    : from_{from},
      to_{to},
      next_look_{clock::now() + between_schema_looks} {}

void schema_watch::step(clock::time_point now) {
    if (now >= next_look_) look(now);
}

void schema_watch::look(clock::time_point now) {
    next_look_ = now + between_schema_looks;
    try {
        from_.check_not_outdated();
        to_.check_not_outdated();
    } catch (failure const& failed) {
        if (failed.kind() == fault::connection) throw;
        log::debug("the schema cannot be looked at", {{"database", failed.database()}, {"error", failed.what()}});
    }
}

} // namespace txq::relay
