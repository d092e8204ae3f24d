#include "proc.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include <unistd.h>

namespace txq::bench::proc {

namespace {

double seconds(long long ticks) { return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

std::string text_of(std::string const& file) {
    std::ifstream const in{"/proc/" + file};
    std::ostringstream text;
    text << in.rdbuf(); // which bears it when the process goes away meanwhile
    return text.str();
}

/// What follows a word at the beginning of a line.
std::string after(std::string const& text, std::string const& word) {
    auto const found = ("\n" + text).find("\n" + word);
    if (found == std::string::npos) return {};
    auto const from = text.find_first_not_of(" \t:", found + word.size());
    return text.substr(from, text.find('\n', from) - from);
}

double boot_time() {
    static auto const value = std::stod(after(text_of("stat"), "btime"));
    return value;
}

std::vector<pid_t> all() {
    std::vector<pid_t> ids;
    std::error_code failed;
    for (auto const& entry : std::filesystem::directory_iterator{"/proc", failed}) {
        auto const name = entry.path().filename().string();
        pid_t id = 0;
        auto const [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), id);
        if (wrong == std::errc{} && end == name.data() + name.size()) ids.push_back(id);
    }
    return ids;
}

} // namespace

std::optional<process> look_at(pid_t id) {
    auto const text = text_of(std::to_string(id) + "/stat");
    auto const open = text.find('(');
    auto const close = text.rfind(')'); // a name may have parentheses
    if (open == std::string::npos || close == std::string::npos) return std::nullopt;
    std::istringstream fields{text.substr(close + 2)};
    std::vector<std::string> const values{std::istream_iterator<std::string>{fields}, {}};
    if (values.size() < 20) return std::nullopt;
    auto const ticks = [&](std::size_t i) { return seconds(std::stoll(values[i])); };
    return process{.name = text.substr(open + 1, close - open - 1),
                   .parent = static_cast<pid_t>(std::stol(values[1])),
                   .cpu_seconds = ticks(11) + ticks(12),
                   .ended_cpu_seconds = ticks(13) + ticks(14),
                   .started_at = boot_time() + ticks(19)};
}

double cpu_of_family(pid_t id) {
    auto const head = look_at(id);
    if (!head) return 0;
    double sum = head->cpu_seconds + head->ended_cpu_seconds;
    for (auto const one : all())
        if (auto const member = look_at(one); member && member->parent == id) sum += cpu_of_family(one);
    return sum;
}

std::int64_t peak_memory(pid_t id) {
    auto const kilobytes = after(text_of(std::to_string(id) + "/status"), "VmHWM");
    return kilobytes.empty() ? 0 : std::stoll(kilobytes) * 1024;
}

double cpu_of_machine() {
    std::istringstream fields{after(text_of("stat"), "cpu")};
    // user, nice, system, idle, iowait, irq, softirq
    double sum = 0;
    long long ticks = 0;
    for (int i = 0; i < 7 && fields >> ticks; ++i)
        if (i != 3 && i != 4) sum += seconds(ticks);
    return sum;
}

int cores() { return static_cast<int>(std::thread::hardware_concurrency()); }

std::string cpu_model() { return after(text_of("cpuinfo"), "model name"); }

} // namespace txq::bench::proc
