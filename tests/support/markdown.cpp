#include "markdown.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <stdexcept>

namespace txq::test {

std::vector<std::filesystem::path> documentation() {
    std::filesystem::path const top{TXQ_SOURCE_DIR};
    std::vector<std::filesystem::path> pages{top / "README.md"};
    for (auto const& entry : std::filesystem::recursive_directory_iterator{top / "docs"})
        if (entry.path().extension() == ".md") pages.push_back(entry.path());
    std::sort(pages.begin(), pages.end());
    return pages;
}

std::vector<code_block> code_blocks(std::filesystem::path const& page, std::string_view language) {
    std::ifstream file{page};
    if (!file) throw std::runtime_error{"cannot read " + page.string()};
    std::vector<code_block> blocks;
    auto const fence = "```" + std::string{language};
    bool inside = false;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (inside && line == "```")
            inside = false;
        else if (inside)
            blocks.back().text += line + '\n';
        else if (line == fence) {
            inside = true;
            blocks.push_back({number + 1, ""});
        }
    }
    if (inside) throw std::runtime_error{page.string() + ": a block has no end"};
    return blocks;
}

std::vector<std::filesystem::path> linked_files(std::filesystem::path const& page) {
    static std::regex const link{R"(\]\(([A-Za-z0-9_./-]+)(#[^)]*)?\))"};
    std::ifstream file{page};
    std::vector<std::filesystem::path> files;
    for (std::string line; std::getline(file, line);) {
        for (std::sregex_iterator found{line.begin(), line.end(), link}; found != std::sregex_iterator{}; ++found)
            files.push_back(page.parent_path() / (*found)[1].str());
    }
    return files;
}

std::vector<std::string> italics_in_tables(std::filesystem::path const& page) {
    static std::regex const italics{R"(\*([^*]+)\*)"};
    std::ifstream file{page};
    std::vector<std::string> texts;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('|')) continue;
        for (std::sregex_iterator found{line.begin(), line.end(), italics}; found != std::sregex_iterator{}; ++found)
            texts.push_back((*found)[1].str());
    }
    return texts;
}

} // namespace txq::test
