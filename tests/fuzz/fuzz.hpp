#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the fuzz targets share. Each target is a file with one function, which libFuzzer calls with inputs of its own
/// making, and txq-fuzz-replay with the files of the corpus.
namespace txq::fuzz {

/// Stands in for a password, or for a part of one. Inputs that have it themselves say nothing.
inline constexpr std::string_view secret = "S3cret";

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) {
    return {reinterpret_cast<char const*>(data), size};
}

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// Ends the program unless it is true; `claim` is a sentence, and `about` what it is about.
void require(bool is_true, char const* claim, std::string_view about = {});

/// Without the line breaks; a last line may be without.
std::vector<std::string> lines_of(std::string_view text);
/// The first line, which is taken away from the text.
std::string_view take_line(std::string_view& text);

/// The lines as arguments of a program. `{url}` in them is a URL with a password that has the secret in it, which
/// nothing that the program says may have.
std::vector<std::string> arguments_of(std::string_view text);

} // namespace txq::fuzz
