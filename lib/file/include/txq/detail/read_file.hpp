#pragma once

#include <filesystem>
#include <string>

namespace txq::program {

/// The whole of a file. Throws error (bad_configuration).
std::string read_file(std::filesystem::path const& file);

} // namespace txq::program
