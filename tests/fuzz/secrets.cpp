// Passwords in texts of any origin, and in a program's arguments. Lines: what stands before a connection string, and
// the password.

#include <algorithm>
#include <cctype>

#include <txq/detail/secrets.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::has;
using fuzz::secret;

namespace {

void check_arguments(std::string const& text) {
    std::string program = "txq";
    auto given = text;
    char* arguments[] = {program.data(), given.data()};
    auto const taken = take_arguments(2, arguments);
    fuzz::require(taken == std::vector<std::string>{text.c_str()}, "the program itself has what was given", text);
    fuzz::require(given.size() == text.size() && !has(given.c_str(), secret), "ps does not show a password", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto rest = fuzz::text_of(data, size);
    if (has(rest, secret)) return 0;
    static_cast<void>(without_passwords(rest));
    auto const before = std::string{fuzz::take_line(rest)};
    auto password = std::string{fuzz::take_line(rest)};
    password.insert(password.size() / 2, secret);
    auto const url = before + " postgresql://ann:" + password + "@h/shop" + '\n' + std::string{rest};
    fuzz::require(!has(without_passwords(url), secret), "no URL's password is said", url);
    std::erase_if(password, [](char c) { return c == '\'' || c == '\\'; });
    auto bare = before + " password=";
    for (auto const c : password) bare += (std::isspace(static_cast<unsigned char>(c)) ? "\\" : "") + std::string{c};
    fuzz::require(!has(without_passwords(bare), secret), "no password without quotes is said", bare);
    auto const words = before + " password='" + password + "' " + std::string{rest};
    fuzz::require(!has(without_passwords(words), secret), "no key word's password is said", words);
    if (!has(url, std::string_view{"\0", 1})) check_arguments(url);
    return 0;
}
