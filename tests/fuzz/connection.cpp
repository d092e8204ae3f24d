// Connection strings: as they come, and around a password that is written down rightly or wrongly. Lines: user,
// password, and what follows it; the secret stands in the middle of the password.

#include <txq/detail/connection_info.hpp>
#include <txq/detail/secrets.hpp>
#include <txq/error.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::has;
using fuzz::secret;

namespace {

/// What is said of it: where it is, or why it is refused.
std::string said_of(std::string const& text) try {
    auto const info = connection_info::parse(text);
    auto const again = connection_info::parse(info.str());
    fuzz::require(again.str() == info.str(), "what is handed on is understood as the same", text);
    return info.describe();
} catch (error const& wrong) {
    fuzz::require(wrong.code() == errc::bad_configuration, "a connection string is refused in one way", wrong.what());
    return wrong.what();
}

void check_hidden(std::string const& text) {
    fuzz::require(!has(said_of(text), secret), "a password is not said", text);
    fuzz::require(!has(without_passwords(text), secret), "a password is taken out of what others say", text);
}

std::string escaped(std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    std::string result;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        result += '%';
        result += hex[byte >> 4];
        result += hex[byte & 15];
    }
    return result;
}

std::string quoted(std::string_view text) {
    std::string result = "'";
    for (char const c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result + '\'';
}

/// A password without line breaks and NUL, which nobody can type, with the secret in its middle.
std::string password_of(std::string_view line) {
    auto const middle = line.size() / 2;
    return std::string{line.substr(0, middle)} + std::string{secret} + std::string{line.substr(middle)};
}

/// A password that spells out an option of libpq's is not told from one.
bool spells_option(std::string_view password) { return has(password, "?") && has(password, "="); }

bool is_plain(std::string_view user) {
    return user.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == user.npos;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto rest = fuzz::text_of(data, size);
    if (has(rest, secret) || has(rest, std::string_view{"\0", 1})) return 0;
    said_of(std::string{rest});
    auto const user = std::string{fuzz::take_line(rest)};
    auto const password = password_of(fuzz::take_line(rest));
    auto const where = std::string{fuzz::take_line(rest)};
    if (!is_plain(user)) return 0;
    check_hidden("host=h password=" + quoted(password) + " user=" + user);
    check_hidden("postgresql://" + user + ":" + escaped(password) + "@h/shop");
    if (spells_option(password)) return 0;
    check_hidden("postgresql://" + user + ":" + password + "@" + where);
    return 0;
}
