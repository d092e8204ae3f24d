// txq-fuzz-replay TARGET FILE|FOLDER...: gives the files to a fuzz target, as libFuzzer would, but with any compiler.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#define TXQ_FUZZ_TARGET(name) extern "C" int txq_fuzz_##name(std::uint8_t const* data, std::size_t size);
#include "targets.inc"
#undef TXQ_FUZZ_TARGET

namespace {

struct target {
    std::string name;
    int (*function)(std::uint8_t const*, std::size_t);
};

#define TXQ_FUZZ_TARGET(name) {#name, txq_fuzz_##name},
std::vector<target> const targets{
#include "targets.inc"
};
#undef TXQ_FUZZ_TARGET

std::vector<std::filesystem::path> files_at(std::filesystem::path const& path) {
    if (!std::filesystem::is_directory(path)) return {path};
    std::vector<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::directory_iterator{path}) files.push_back(entry.path());
    return files;
}

bool replay(target const& what, std::filesystem::path const& file) {
    std::ifstream stream{file, std::ios::binary};
    std::string const input{std::istreambuf_iterator<char>{stream}, {}};
    if (!stream) {
        std::cerr << "txq-fuzz-replay: " << file << " cannot be read\n";
        return false;
    }
    std::cout << file.filename().string() << std::endl; // the last one to be seen is the one that ended the program
    what.function(reinterpret_cast<std::uint8_t const*>(input.data()), input.size());
    return true;
}

} // namespace

int main(int count, char** arguments) {
    std::vector<std::string> const given{arguments + 1, arguments + count};
    for (auto const& one : targets) {
        if (given.size() < 2 || one.name != given.front()) continue;
        std::size_t files = 0;
        for (std::size_t i = 1; i < given.size(); ++i)
            for (auto const& file : files_at(given[i]))
                if (replay(one, file)) ++files;
        std::cout << one.name << ": " << files << " files" << std::endl;
        return files == 0 ? 1 : 0;
    }
    std::cerr << "usage: txq-fuzz-replay TARGET FILE|FOLDER...; targets:";
    for (auto const& one : targets) std::cerr << ' ' << one.name;
    std::cerr << '\n';
    return 2;
}
