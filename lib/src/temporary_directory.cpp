#include <txq/detail/temporary_directory.hpp>

#include <cerrno>
#include <system_error>

#include <stdlib.h>

namespace txq {

namespace {

std::filesystem::path make(std::string const& prefix) {
    std::string name = std::filesystem::temp_directory_path() / (prefix + "-XXXXXX");
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), name};
    return name;
}

} // namespace

temporary_directory::temporary_directory(std::string const& prefix) : path_{make(prefix)} {}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

} // namespace txq
