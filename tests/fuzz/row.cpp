// Arrays of numbers as the database writes them, and arrays as it is given them. Lines: an array, and elements of one.

#include <stdexcept>

#include <relay/src/columns.hpp>

#include "fuzz.hpp"

using namespace txq;

namespace {

/// The elements of a literal whose elements are all in quotes, as PostgreSQL reads it.
std::vector<std::string> read(std::string_view literal) {
    std::vector<std::string> elements;
    for (std::size_t at = 1; at + 1 < literal.size(); ++at) {
        if (literal[at] == ',') continue;
        fuzz::require(literal[at] == '"', "each element is in quotes", literal);
        auto& element = elements.emplace_back();
        for (++at; literal.at(at) != '"'; ++at) {
            if (literal[at] == '\\') ++at;
            element += literal.at(at);
        }
    }
    return elements;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto rest = fuzz::text_of(data, size);
    auto const array = fuzz::take_line(rest);
    try {
        if (!array.empty()) static_cast<void>(relay::numbers<std::int64_t>(array));
    } catch (std::invalid_argument const&) {} // it is none
    auto const elements = fuzz::lines_of(rest);
    fuzz::require(read(pq::array(elements)) == elements, "an array is read as it was given", pq::array(elements));
    return 0;
}
