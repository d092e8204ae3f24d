#include "retry_words.hpp"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>

#include <txq/detail/duration.hpp>
#include <txq/detail/log_levels.hpp>

#include "words.hpp"

namespace txq::program {

namespace {

std::chrono::milliseconds duration(word_list& words) { return parse_duration(words.take("a duration")); }

std::optional<double> to_number(std::string const& text) {
    char* end = nullptr;
    auto const value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
    return value;
}

double number(word_list& words) {
    auto const text = words.take("a number");
    if (auto const value = to_number(text)) return *value;
    words.reject("'" + text + "' is not a number");
}

/// As a share: 0.1 for 10%.
double percent(word_list& words) {
    auto const text = words.take("a percentage");
    auto const value = text.ends_with('%') ? to_number(text.substr(0, text.size() - 1)) : std::nullopt;
    if (!value) words.reject("'" + text + "' is not a percentage, such as 10%");
    return *value / 100;
}

/// Each of them at most once: of two, one would be ignored.
bool take_once(word_list& words, char const* name, std::set<std::string>& taken) {
    if (!words.take_if(name)) return false;
    if (!taken.insert(name).second) words.reject(std::string{name} + " is there twice");
    return true;
}

backoff_policy exponential(word_list& words) {
    exponential_backoff policy;
    std::set<std::string> taken;
    while (!words.empty()) {
        if (take_once(words, "first", taken))
            policy.first = duration(words);
        else if (take_once(words, "factor", taken))
            policy.factor = number(words);
        else if (take_once(words, "limit", taken))
            policy.limit = duration(words);
        else if (take_once(words, "jitter", taken))
            policy.jitter = percent(words);
        else
            words.reject_word("first, factor, limit and jitter");
    }
    return policy;
}

backoff_policy polynomial(word_list& words) {
    polynomial_backoff policy;
    std::set<std::string> taken;
    while (!words.empty()) {
        if (take_once(words, "first", taken))
            policy.first = duration(words);
        else if (take_once(words, "power", taken))
            policy.power = number(words);
        else if (take_once(words, "limit", taken))
            policy.limit = duration(words);
        else if (take_once(words, "jitter", taken))
            policy.jitter = percent(words);
        else
            words.reject_word("first, power, limit and jitter");
    }
    return policy;
}

void jitter_at_the_end(word_list& words, double& jitter) {
    if (words.take_if("jitter")) jitter = percent(words);
    if (!words.empty()) words.reject_word("durations and jitter");
}

backoff_policy fixed(word_list& words) {
    fixed_backoff policy;
    policy.delay = duration(words);
    jitter_at_the_end(words, policy.jitter);
    return policy;
}

backoff_policy explicit_list(word_list& words) {
    explicit_backoff policy;
    while (words.begins_with_digit()) policy.delays.push_back(duration(words));
    jitter_at_the_end(words, policy.jitter);
    return policy;
}

void nothing_more(word_list& words) {
    if (!words.empty()) words.reject("'" + words.take("") + "' is one word too many");
}

retry_action discarded(word_list& words) {
    to_discarded how;
    if (!words.take_if("at")) return how;
    auto const level = log::levels_by_name.find(words.take("a level of the log"));
    if (level == log::levels_by_name.end()) words.reject("a level of the log is debug, info, warning or error");
    how.level = level->second;
    return how;
}

retry_action action(word_list& words) {
    if (words.take_if("exponential")) return exponential(words);
    if (words.take_if("polynomial")) return polynomial(words);
    if (words.take_if("fixed")) return fixed(words);
    if (words.take_if("explicit")) return explicit_list(words);
    if (words.take_if("discard")) return discarded(words);
    if (words.take_if("dead")) return to_dead{};
    if (words.take_if("hold")) return to_held{};
    words.reject_word("exponential, polynomial, fixed, explicit, discard, dead and hold");
}

retry_action whole_action(word_list& words) {
    auto result = action(words);
    nothing_more(words);
    validate(result);
    return result;
}

/// Up to the word that ends them.
std::vector<std::string> patterns(word_list& words) {
    std::vector<std::string> taken;
    while (!words.is("message") && !words.is("then")) {
        taken.push_back(words.take("the word then"));
        if (taken.back().empty()) words.reject("a pattern is empty; * stands for any text");
    }
    return taken;
}

} // namespace

retry_action parse_retry(std::string_view text) {
    word_list words{text, "retry policy"};
    return whole_action(words);
}

retry_rule parse_rule(std::string_view text) {
    word_list words{text, "rule"};
    if (!words.take_if("on")) words.reject("it begins with on, as in: on sqlstate:40* then fixed 1s");
    retry_rule rule{.types = patterns(words), .messages = {}, .then = to_dead{}};
    if (words.take_if("message")) {
        rule.messages = patterns(words);
        if (rule.messages.empty()) words.reject("there is no pattern behind message");
    }
    if (!words.take_if("then")) words.reject_word("then");
    rule.then = whole_action(words);
    if (rule.types.empty() && rule.messages.empty()) words.reject("there is no error behind on");
    return rule;
}

} // namespace txq::program
