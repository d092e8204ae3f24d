#include "wire.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>

namespace txq::chaos {

namespace {

constexpr std::size_t largest_message = std::size_t{256} << 20;

/// The statements that write and are sent outside of a transaction. Not the signs of life, nor looks at what is parked:
/// there are so many of them that hardly anything else would be met.
constexpr std::array<std::string_view, 20> writing{
    "claim_jobs",     "complete_jobs",  "end_attempts",    "write_batch",     "promote_jobs",
    "rescue_orphans", "outbox_barrier", "truncate_outbox", "register_worker", "turn_outbox",
    "reject_job",     "lease_jobs",     "next_in_order",   "leave",           "admit_batch",
    "admit_jobs",     "grant_slots",    "take_starts",     "release_parked",  "start_runs"};

std::size_t length_at(std::string const& bytes, std::size_t at) {
    std::uint32_t length = 0;
    for (std::size_t i = at; i < at + 4; ++i) length = (length << 8) | static_cast<unsigned char>(bytes[i]);
    return length;
}

/// The text up to the next null.
std::string_view text_at(std::string_view message, std::size_t at) {
    return at < message.size() ? message.substr(at, message.find('\0', at) - at) : std::string_view{};
}

bool is_writing(std::string_view statement) {
    for (auto const one : writing)
        if (statement == one) return true;
    return false;
}

} // namespace

std::optional<std::string> message_stream::next() {
    std::size_t const type = untyped_ ? 0 : 1;
    if (bytes_.size() < type + 4) return std::nullopt;
    auto const length = length_at(bytes_, type);
    if (length < 4 || length > largest_message) throw std::runtime_error{"not PostgreSQL's protocol"};
    auto const size = type + length;
    if (bytes_.size() < size) return std::nullopt;
    untyped_ = false;
    auto message = bytes_.substr(0, size);
    bytes_.erase(0, size);
    return message;
}

permanence makes_permanent(std::string_view message, char status) {
    if (message.empty()) return permanence::none;
    if (message[0] == 'Q') {
        auto const text = text_at(message, 5);
        return text == "COMMIT" || text == "commit" ? permanence::commit : permanence::none;
    }
    if (message[0] != 'B' || status != 'I') return permanence::none;
    auto const portal = text_at(message, 5);
    return is_writing(text_at(message, 5 + portal.size() + 1)) ? permanence::statement : permanence::none;
}

bool says_failed(std::string_view message) {
    if (message.empty()) return false;
    return message[0] == 'E' || (message[0] == 'C' && text_at(message, 5) == "ROLLBACK");
}

} // namespace txq::chaos
