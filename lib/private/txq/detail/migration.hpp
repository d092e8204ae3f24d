#pragma once

#include <string_view>

namespace txq {

/// Which half of the schema: that of databases which enqueue, or that of the database with the jobs.
enum class side { outbox, queue };

/// A file of migrations/.
struct migration {
    txq::side side;
    int number;
    std::string_view name;
    std::string_view text;
};

} // namespace txq
