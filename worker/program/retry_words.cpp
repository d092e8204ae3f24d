#include "retry_words.hpp"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include <txq/detail/duration.hpp>
#include <txq/error.hpp>

namespace txq::program {

namespace {

/// The words one after the other.
class word_list {
  public:
    explicit word_list(std::string_view text) : text_{text} { skip_blanks(); }

    bool empty() const { return text_.empty(); }
    bool begins_with_digit() const { return !empty() && text_.front() >= '0' && text_.front() <= '9'; }
    bool take_if(std::string_view wanted);
    /// Throws error if there is none; `what` is what it should have been.
    std::string_view take(char const* what);

  private:
    std::string_view first() const { return text_.substr(0, text_.find_first_of(" \t\r\n")); }
    void skip_blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size())); }

    std::string_view text_;
};

[[noreturn]] void reject(std::string const& why) { throw error{errc::bad_configuration, "retry policy: " + why}; }

bool word_list::take_if(std::string_view wanted) {
    if (first() != wanted) return false;
    take("");
    return true;
}

std::string_view word_list::take(char const* what) {
    if (empty()) reject(std::string{"there should be "} + what + " at the end");
    auto const word = first();
    text_.remove_prefix(word.size());
    skip_blanks();
    return word;
}

std::chrono::milliseconds duration(word_list& words) { return parse_duration(words.take("a duration")); }

std::optional<double> to_number(std::string const& text) {
    char* end = nullptr;
    auto const value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
    return value;
}

double number(word_list& words) {
    std::string const text{words.take("a number")};
    if (auto const value = to_number(text)) return *value;
    reject("'" + text + "' is not a number");
}

/// As a share: 0.1 for 10%.
double percent(word_list& words) {
    std::string const text{words.take("a percentage")};
    auto const value = text.ends_with('%') ? to_number(text.substr(0, text.size() - 1)) : std::nullopt;
    if (!value) reject("'" + text + "' is not a percentage, such as 10%");
    return *value / 100;
}

[[noreturn]] void reject_word(word_list& words, char const* expected) {
    reject("'" + std::string{words.take("a word")} + "' is not one of " + expected);
}

retry_policy exponential(word_list& words) {
    exponential_backoff policy;
    while (!words.empty()) {
        if (words.take_if("first"))
            policy.first = duration(words);
        else if (words.take_if("factor"))
            policy.factor = number(words);
        else if (words.take_if("limit"))
            policy.limit = duration(words);
        else if (words.take_if("jitter"))
            policy.jitter = percent(words);
        else
            reject_word(words, "first, factor, limit and jitter");
    }
    return policy;
}

retry_policy polynomial(word_list& words) {
    polynomial_backoff policy;
    while (!words.empty()) {
        if (words.take_if("first"))
            policy.first = duration(words);
        else if (words.take_if("power"))
            policy.power = number(words);
        else if (words.take_if("limit"))
            policy.limit = duration(words);
        else if (words.take_if("jitter"))
            policy.jitter = percent(words);
        else
            reject_word(words, "first, power, limit and jitter");
    }
    return policy;
}

void jitter_at_the_end(word_list& words, double& jitter) {
    if (words.take_if("jitter")) jitter = percent(words);
    if (!words.empty()) reject_word(words, "durations and jitter");
}

retry_policy fixed(word_list& words) {
    fixed_backoff policy;
    policy.delay = duration(words);
    jitter_at_the_end(words, policy.jitter);
    return policy;
}

retry_policy explicit_list(word_list& words) {
    explicit_backoff policy;
    while (words.begins_with_digit()) policy.delays.push_back(duration(words));
    jitter_at_the_end(words, policy.jitter);
    return policy;
}

retry_policy parse(word_list& words) {
    if (words.take_if("exponential")) return exponential(words);
    if (words.take_if("polynomial")) return polynomial(words);
    if (words.take_if("fixed")) return fixed(words);
    if (words.take_if("explicit")) return explicit_list(words);
    reject_word(words, "exponential, polynomial, fixed and explicit");
}

} // namespace

retry_policy parse_retry(std::string_view text) {
    word_list words{text};
    auto policy = parse(words);
    validate(policy);
    return policy;
}

} // namespace txq::program
