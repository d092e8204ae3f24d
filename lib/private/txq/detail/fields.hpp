#pragma once

#include <charconv>
#include <concepts>
#include <string_view>

#include <pqxx/pqxx>

namespace txq::pq {

/// The fields of a row, one after the other. To ask a row for one by its number copies two shared pointers, and by its
/// name compares that with all names: for the rows of a claim either took longer than the rest of reading them.
class fields {
  public:
    explicit fields(pqxx::row const& row) : at_{row.begin()} {}

    /// Of the next one; empty: null. Lives as long as the result.
    std::string_view text() {
        std::string_view const text{at_->c_str(), static_cast<std::size_t>(at_->size())};
        ++at_;
        return text;
    }
    /// The same as a number; 0: null.
    template <std::integral Integer>
    Integer number() {
        auto const digits = text();
        Integer value{};
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    }

  private:
    pqxx::row::const_iterator at_;
};

} // namespace txq::pq
