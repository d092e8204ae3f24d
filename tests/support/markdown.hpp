#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace txq::test {

/// A fenced block of a page.
struct code_block {
    int line; ///< the first one of its text
    std::string text;
};

/// README.md and the pages of docs/, in alphabetical order.
std::vector<std::filesystem::path> documentation();

/// The blocks of a page that are in a language, such as "sql".
std::vector<code_block> code_blocks(std::filesystem::path const& page, std::string_view language);

/// Where a page's links lead that are not to other sites, without the part behind #.
std::vector<std::filesystem::path> linked_files(std::filesystem::path const& page);

/// What is in italics in a page's tables.
std::vector<std::string> italics_in_tables(std::filesystem::path const& page);

} // namespace txq::test
