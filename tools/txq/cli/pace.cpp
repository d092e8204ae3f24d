#include <txq/cli/pace.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

#include <txq/error.hpp>

namespace txq::cli {

std::int64_t pace::batch(std::int64_t most) const noexcept {
    if (!limited()) return most;
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::min(rate_ / 10, 1e9)), 1, most);
}

std::chrono::milliseconds pace::wait(std::int64_t done, clock::time_point now) const noexcept {
    if (!limited()) return std::chrono::milliseconds{0};
    auto const due = std::chrono::duration<double>{static_cast<double>(done) / rate_};
    auto const left = due - std::chrono::duration<double>{now - start_};
    return std::chrono::milliseconds{std::max<std::int64_t>(0, std::llround(std::min(left.count(), 1e9) * 1000))};
}

double parse_rate(std::string const& text) {
    std::uint32_t number = 0;
    auto const* const end = text.data() + text.size();
    auto const [rest, problem] = std::from_chars(text.data(), end, number);
    std::string const unit{rest, end};
    auto const seconds = unit == "/s" ? 1 : unit == "/min" ? 60 : unit == "/h" ? 3600 : 0;
    if (problem != std::errc{} || number == 0 || seconds == 0)
        throw error{errc::bad_configuration, "'" + text + "' is not a rate, such as 100/s, 30/min or 1000/h"};
    return static_cast<double>(number) / seconds;
}

} // namespace txq::cli
