// Ids.

#include <algorithm>

#include <txq/uuid.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = txq::fuzz::text_of(data, size);
    auto const id = txq::uuid::parse(text);
    if (!id) return 0;
    auto written = std::string{text};
    std::ranges::transform(written, written.begin(), [](char c) { return c >= 'A' && c <= 'F' ? char(c + 32) : c; });
    txq::fuzz::require(id->str() == written, "an id is written as it was, in lower case", text);
    txq::fuzz::require(txq::uuid::parse(id->str()) == id, "what is written is read as the same", text);
    return 0;
}
