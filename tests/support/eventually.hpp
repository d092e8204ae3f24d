#pragma once

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

namespace txq::test {

/// In which programs are to be at work again once their database can be reached (docs/guarantees.md).
inline constexpr std::chrono::seconds time_to_come_back{10};

/// Whether a condition comes true in time. For what other processes do where no database sees it.
template <typename Condition>
bool eventually(Condition condition, std::chrono::seconds time = std::chrono::seconds{60}) {
    auto const deadline = std::chrono::steady_clock::now() + time;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

/// Whether a process has ended. An orphan may be a zombie for a while: that is init's to see to.
inline bool is_gone(int pid) {
    std::ifstream stat{"/proc/" + std::to_string(pid) + "/stat"};
    std::string word;
    stat >> word >> word >> word;
    return !stat || word == "Z";
}

} // namespace txq::test
