#pragma once

#include <exception>
#include <string>

namespace txq::cli {

/// What a person is told about a failure, and what the process ends with.
struct failure {
    std::string message;
    int exit_code;
};

failure explain(std::exception const& failed);

} // namespace txq::cli
