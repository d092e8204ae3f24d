#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace txq::cli {

/// The SQLSTATE of it.
inline constexpr std::string_view missing_privilege = "42501";

/// What a person is told about a failure, and what the process ends with.
struct failure {
    std::string message;
    int exit_code;
};

/// `role` is who was connected, as in pq::describe(); empty: nobody was.
failure explain(std::exception const& failed, std::string const& role = {});

} // namespace txq::cli
