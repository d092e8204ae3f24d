#include <txq/detail/read_file.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <txq/error.hpp>

namespace txq::program {

std::string read_file(std::filesystem::path const& file) {
    if (std::error_code ignored; std::filesystem::is_directory(file, ignored))
        throw error{errc::bad_configuration, file.string() + " is a directory"};
    errno = 0;
    std::ifstream stream{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{stream}, {}};
    if (stream) return text;
    auto const why = errno == 0 ? "" : ": " + std::generic_category().message(errno);
    throw error{errc::bad_configuration, file.string() + " cannot be read" + why};
}

} // namespace txq::program
