#pragma once

#include <string>
#include <string_view>

#include <pqxx/transaction_base>

#include "validate.hpp"

namespace txq {

/// How a connection's bytes are understood by the server, which the application decides (client_encoding).
class wire {
  public:
    explicit wire(pqxx::transaction_base& tx);

    /// Throws error for a name that would arrive as another: one cannot be escaped as JSON can.
    void check_name(errc code, char const* field, std::string_view value) const;

    /// JSON that arrives as it is meant.
    std::string json(std::string_view text, json_shape const& shape) const;

  private:
    std::string encoding_;
    bool takes_utf8_;
};

} // namespace txq
