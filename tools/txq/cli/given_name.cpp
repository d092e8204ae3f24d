#include <txq/cli/given_name.hpp>

#include <txq/detail/utf8.hpp>

namespace txq::cli {

CLI::Validator name_of(std::string const& noun) {
    constexpr std::size_t longest = 128;
    auto const check = [noun](std::string const& name) -> std::string {
        if (name.empty() || name.size() > longest) return "the name of a " + noun + " has 1 to 128 bytes";
        return is_storable_text(name) ? "" : "the name of a " + noun + " is UTF-8";
    };
    return {check, ""};
}

CLI::Validator not_empty() {
    auto const check = [](std::string const& given) {
        return given.empty() ? "is empty; leave the option out where it does not matter" : "";
    };
    return CLI::Validator{check, ""};
}

} // namespace txq::cli
