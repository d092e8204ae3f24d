#include "continuity.hpp"

#include <charconv>
#include <stdexcept>

namespace txq::relay {

origin origin::parse(std::string_view text) {
    auto const first = text.find('/');
    auto const second = text.find('/', first + 1);
    if (first == text.npos || second == text.npos) throw std::invalid_argument{"not an origin: " + std::string{text}};
    origin result{.system = std::string{text.substr(0, first)}, .database = std::string{text.substr(second + 1)}};
    auto const [_, failed] = std::from_chars(text.data() + first + 1, text.data() + second, result.timeline);
    if (failed != std::errc{}) throw std::invalid_argument{"not a timeline: " + std::string{text}};
    return result;
}

namespace {

bool went_back(recorded const& before, observed const& now) {
    return now.xmax < before.txid || (!now.holds_queue && now.barrier < before.batch);
}

} // namespace

continuity judge(std::optional<recorded> const& before, observed const& now) {
    if (!before) return continuity::unbroken;
    auto const same_server = before->from.system == now.from.system && before->from.database == now.from.database;
    if (same_server && now.from.timeline < before->from.timeline) return continuity::source_outdated;
    if (!same_server || went_back(*before, now)) return continuity::source_replaced;
    if (now.from.timeline > before->from.timeline && !now.holds_queue) return continuity::source_replaced;
    // one more is a batch that a relay had read when it died
    if (!now.holds_queue && now.barrier > before->batch + 1) return continuity::queue_lost_batches;
    return continuity::unbroken;
}

} // namespace txq::relay
