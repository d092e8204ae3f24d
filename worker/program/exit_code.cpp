#include "exit_code.hpp"

#include <txq/error.hpp>

namespace txq::program {

int exit_code::of(std::exception const& thrown) noexcept {
    auto const* const ours = dynamic_cast<error const*>(&thrown);
    if (ours == nullptr) return failed;
    switch (ours->code()) {
    case errc::bad_configuration: return usage;
    case errc::schema_missing:
    case errc::schema_too_old:
    case errc::schema_too_new:
    case errc::migration_changed: return schema;
    case errc::no_database: return database;
    default: return failed;
    }
}

} // namespace txq::program
