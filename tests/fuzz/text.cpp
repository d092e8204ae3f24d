// Text of any origin that is to be stored or shown.

#include <nlohmann/json.hpp>

#include <txq/cli/output.hpp>
#include <txq/cli/table.hpp>
#include <txq/detail/utf8.hpp>

#include <worker/program/text.hpp>
#include <worker/src/failure.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::require;

namespace {

/// As the writer of JSON sees it.
bool is_utf8(std::string_view text) try {
    static_cast<void>(nlohmann::json(text).dump());
    return true;
} catch (nlohmann::json::type_error const&) { return false; }

void check_stored(std::string_view text) {
    auto const has_nul = fuzz::has(text, std::string_view{"\0", 1});
    require(is_storable_text(text) == (is_utf8(text) && !has_nul), "what can be stored is UTF-8 without NUL", text);
    auto const cleaned = program::clean_text(text);
    require(is_storable_text(cleaned), "what was cleaned can be stored", text);
    for (std::size_t const limit : {0U, 1U, 7U, 100U}) {
        auto const last = program::last_of(cleaned, limit);
        require(last.size() <= limit && cleaned.ends_with(last), "the last bytes are the last ones", text);
        require(is_storable_text(last), "the last bytes begin with a whole character", text);
    }
    require(is_storable_text(printable(std::string{text})), "what can be printed can be stored", text);
}

void check_shown(std::string const& text) {
    auto const line = cli::one_line(text);
    require(cli::one_line(line) == line, "a line is a line", text);
    require(line.find_first_of("\n\r\033\a\b\v") == line.npos, "a line has no control characters", text);
    auto const shown = cli::harmless(text);
    require(shown.find_first_of("\r\033\a\b\v") == shown.npos, "a text has no control characters", text);
    require(cli::harmless(shown) == shown, "what is harmless stays as it is", text);
    if (is_utf8(text)) require(cli::width(cli::shortened(text, 40)) <= 40, "what is shortened is short", text);
}

/// As a shell reads it, of which only single quotes and backslashes matter here.
std::string unquoted(std::string_view word) {
    std::string result;
    for (std::size_t at = 0; at < word.size(); ++at) {
        if (word[at] == '\\') {
            result += word[++at];
            continue;
        }
        require(word[at] == '\'', "a shell's word is in quotes", word);
        auto const end = word.find('\'', at + 1);
        require(end != word.npos, "each quote is closed", word);
        result += word.substr(at + 1, end - at - 1);
        at = end;
    }
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = fuzz::text_of(data, size);
    check_stored(text);
    check_shown(std::string{text});
    require(unquoted(cli::shell_quoted(std::string{text})) == text, "a shell reads the same word", text);
    return 0;
}
