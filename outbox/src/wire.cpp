#include "wire.hpp"

#include <pqxx/pqxx>

#include <txq/detail/utf8.hpp>

#include "ascii_json.hpp"

namespace txq {

wire::wire(pqxx::transaction_base& tx)
    : encoding_{tx.conn().get_client_encoding()},                     // known to the client: no round trip
      takes_utf8_{encoding_ == "UTF8" || encoding_ == "SQL_ASCII"} {} // SQL_ASCII: passed on as it is

void wire::check_name(errc code, char const* field, std::string_view value) const {
    if (takes_utf8_ || is_ascii(value)) return;
    throw error{code, std::string{field} + " has characters beyond ASCII, and this connection's client_encoding is " +
                          encoding_ + "; set it to UTF8"};
}

std::string wire::json(std::string_view text, json_shape const& shape) const {
    return takes_utf8_ || shape.ascii ? std::string{text} : ascii_json(text);
}

} // namespace txq
