#include <txq/cli/given_name.hpp>

namespace txq::cli {

CLI::Validator name_of(std::string const& noun) {
    constexpr std::size_t longest = 128;
    auto const check = [noun](std::string const& name) {
        return name.empty() || name.size() > longest ? "the name of a " + noun + " has 1 to 128 bytes" : "";
    };
    return {check, ""};
}

} // namespace txq::cli
