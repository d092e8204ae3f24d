// Statements of a worker's file, and where their parameters stand.

#include <algorithm>

#include <txq/error.hpp>

#include <worker/program/sql_parameters.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = fuzz::text_of(data, size);
    try {
        auto const sent = program::prepare_for_jobs(text);
        auto numbers = sent.parameters;
        std::ranges::sort(numbers);
        require(std::ranges::adjacent_find(numbers) == numbers.end(), "each parameter is sent once", text);
        require(std::ranges::all_of(numbers, [](int n) { return n >= 1 && n <= 8; }), "they are $1 to $8", text);
        auto const again = program::prepare_for_jobs(sent.text);
        require(again.parameters.size() == numbers.size(), "what is sent has the same parameters", sent.text);
        require(program::with_numbers_of_file(sent.text, sent).size() == sent.text.size(),
                "a mark below a line stays at its place", text);
    } catch (error const& refused) {
        require(refused.code() == errc::bad_configuration, "a statement is refused in one way", refused.what());
    }
    return 0;
}
