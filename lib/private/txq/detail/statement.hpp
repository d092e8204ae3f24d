#pragma once

namespace txq {

/// A statement of sql/: its file's stem and text. The name is also the prepared statement's, and the one in logs.
struct statement {
    char const* name;
    char const* text;
};

} // namespace txq
