// Retry policies and rules of a worker's file. The first line is a policy, the second one a rule, the rest an error's
// message.

#include <txq/error.hpp>

#include <worker/program/retry_words.hpp>

#include "fuzz.hpp"

using namespace txq;

namespace {

void check_delays(retry_action const& action, std::string_view text) {
    auto const* const backoff = std::get_if<backoff_policy>(&action);
    if (!backoff) return;
    for (int const attempt : {1, 2, 3, 20, 1000})
        for (double const random : {0.0, 0.5, 0.999999}) {
            auto const delay = delay_after(*backoff, attempt, random);
            fuzz::require(delay.count() >= 0 && delay <= std::chrono::hours{24 * 365}, "a delay is within a year",
                          text);
        }
}

void check_refusal(error const& refused) {
    fuzz::require(refused.code() == errc::bad_configuration, "words are refused in one way", refused.what());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto rest = fuzz::text_of(data, size);
    auto const words = fuzz::take_line(rest);
    auto const rule = fuzz::take_line(rest);
    try {
        check_delays(program::parse_retry(words), words);
    } catch (error const& refused) { check_refusal(refused); }
    try {
        retry_policy policy;
        policy.rules.push_back(program::parse_rule(rule));
        validate(policy);
        auto const action = action_for(policy, {.type = "exit:75", .message = std::string{rest}});
        check_delays(action, rule);
    } catch (error const& refused) { check_refusal(refused); }
    return 0;
}
