#include <txq/detail/read_file.hpp>

#include <fstream>
#include <iterator>

#include <txq/error.hpp>

namespace txq::program {

std::string read_file(std::filesystem::path const& file) {
    if (std::error_code ignored; std::filesystem::is_directory(file, ignored))
        throw error{errc::bad_configuration, file.string() + " is a directory"};
    std::ifstream stream{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{stream}, {}};
    if (!stream) throw error{errc::bad_configuration, file.string() + " cannot be read"};
    return text;
}

} // namespace txq::program
