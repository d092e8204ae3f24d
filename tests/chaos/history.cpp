#include "history.hpp"

#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace txq::chaos {

namespace {

template <typename Clock>
std::int64_t micros_of() {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

} // namespace

std::int64_t now_us() { return micros_of<std::chrono::steady_clock>(); }

history::history(std::string const& path)
    : file_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)} {
    if (file_ < 0) throw std::system_error{errno, std::generic_category(), path};
}

history::~history() { ::close(file_); }

void history::write(nlohmann::json event, std::int64_t at) {
    event["t"] = at;
    auto const line = event.dump() + '\n';
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        throw std::system_error{errno, std::generic_category(), "history"};
}

std::map<std::string, std::vector<nlohmann::json>> read_histories(std::filesystem::path const& directory) {
    std::map<std::string, std::vector<nlohmann::json>> all;
    auto const began = micros_of<std::chrono::system_clock>() - now_us();
    for (auto const& entry : std::filesystem::directory_iterator{directory}) {
        if (entry.path().extension() != ".jsonl") continue;
        auto& events = all[entry.path().stem().string()];
        std::ifstream file{entry.path()};
        for (std::string line; std::getline(file, line);) {
            auto event = nlohmann::json::parse(line, nullptr, false);
            if (event.is_discarded()) continue;
            for (auto const* time : {"t", "from", "to"})
                if (auto const at = event.find(time); at != event.end()) *at = at->get<std::int64_t>() + began;
            events.push_back(std::move(event));
        }
    }
    return all;
}

} // namespace txq::chaos
