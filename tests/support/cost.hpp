#pragma once

#include <algorithm>
#include <fstream>
#include <string>

#include <sys/types.h>
#include <unistd.h>

#include <support/process.hpp>

namespace txq::test {

/// What a program has come to use so far.
struct cost {
    double cpu_s = 0;
    long memory_kib = 0; ///< resident
    long lines = 0;      ///< of its output
};

inline cost cost_of(process const& one) {
    auto const directory = "/proc/" + std::to_string(one.id());
    std::string word;
    std::ifstream stat{directory + "/stat"};
    for (int i = 1; i <= 13; ++i) stat >> word;
    double user = 0, system = 0;
    stat >> user >> system;
    long pages = 0;
    std::ifstream{directory + "/statm"} >> pages >> pages;
    auto const output = one.output();
    return {.cpu_s = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK)),
            .memory_kib = pages * (::sysconf(_SC_PAGESIZE) / 1024),
            .lines = std::ranges::count(output, '\n')};
}

} // namespace txq::test
