#include <txq/enqueue.hpp>

#include <cmath>

#include "limits.hpp"
#include "validate.hpp"

namespace txq::detail {

namespace {

/// Throws for what would not be written as it is meant: nlohmann::json writes null for a number that is not finite, and
/// calls itself for every level.
void check_writable(nlohmann::json const& value, std::size_t levels_left) {
    if (value.is_number_float() && !std::isfinite(value.get<double>()))
        throw error{errc::bad_payload, "payload has a number that is not finite, which JSON cannot say"};
    if (!value.is_structured()) return;
    if (levels_left == 0) throw error{errc::bad_payload, "payload is nested deeper than 512 levels"};
    for (auto const& element : value) check_writable(element, levels_left - 1);
}

std::string written(nlohmann::json const& value) try {
    return value.dump();
} catch (nlohmann::json::exception const&) { // its text would repeat what cannot be shown
    throw error{errc::bad_payload, "payload has a string that is not UTF-8"};
}

} // namespace

std::string write_json(std::string_view kind, nlohmann::json const& value) {
    return naming_kind("enqueue", kind, [&] {
        check_writable(value, limits::json_depth);
        return written(value);
    });
}

} // namespace txq::detail
