#include "gauge.hpp"

#include <algorithm>

#include <sys/resource.h>

#include "proc.hpp"
#include "tally.hpp"

namespace txq::bench {

namespace {

double own_cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval const& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

} // namespace

gauge::moment gauge::now() {
    moment result;
    result.seconds = static_cast<double>(monotonic_now()) / 1e9;
    result.server_cpu = where_.cpu_seconds();
    result.client_cpu = own_cpu_seconds();
    for (auto& one : programs_) result.client_cpu += one.cpu_seconds();
    result.machine_cpu = proc::cpu_of_machine();
    return result;
}

void gauge::begin() {
    auto const before = where_.count();
    began_ = now();
    began_.server = before;
}

void gauge::end() {
    ended_ = now();
    ended_.server = where_.count();
    for (auto& one : programs_) one.peak_memory();
}

measured gauge::result(double rate, std::int64_t count) {
    auto const each = static_cast<double>(std::max<std::int64_t>(count, 1));
    measured result{.rate = rate};
    auto const client = ended_.client_cpu - began_.client_cpu;
    result.client_cpu_us = client * 1e6 / each;
    result.wal_bytes = static_cast<double>(ended_.server.wal - began_.server.wal) / each;
    result.commits = static_cast<double>(where_.count().commits - began_.server.commits) / each;
    if (ended_.server_cpu) {
        auto const server = *ended_.server_cpu - *began_.server_cpu;
        result.server_cpu_us = server * 1e6 / each;
        auto const others = ended_.machine_cpu - began_.machine_cpu - server - client;
        result.others = std::max(0.0, others) / (seconds() * proc::cores());
    }
    for (auto& one : programs_) {
        auto& most = result.peak_memory[one.name()];
        most = std::max(most, one.peak_memory());
    }
    return result;
}

} // namespace txq::bench
