#pragma once

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <txq/detail/pq.hpp>

#include "position.hpp"

namespace txq::relay {

/// The numbers of an array as PostgreSQL writes it, `{1,2,3}`.
template <typename Number>
std::vector<Number> numbers(std::string_view array) {
    std::vector<Number> result;
    auto const* at = array.data() + 1;
    auto const* const end = array.data() + array.size() - 1;
    while (at < end) {
        auto const [rest, failed] = std::from_chars(at, end, result.emplace_back());
        if (failed != std::errc{}) throw std::invalid_argument{"not an array of numbers: " + std::string{array}};
        at = rest + 1;
    }
    return result;
}

/// The parameters that stand for a position in every statement that takes one.
inline pq::params& add(pq::params& to, position const& where) {
    return to.add(where.txid)
        .add(where.seq)
        .add(pq::array(where.late, &late_transaction::txid))
        .add(pq::array(where.late, &late_transaction::seq));
}

} // namespace txq::relay
