#include <support/catch.hpp>

#include <txq/retry.hpp>

using namespace std::chrono_literals;
using namespace txq;

namespace {

/// What a policy says, in a word.
std::string verdict(retry_policy const& policy, job_failure const& error) {
    auto const action = action_for(policy, error);
    if (std::holds_alternative<to_dead>(action)) return "dead";
    if (std::holds_alternative<to_held>(action)) return "hold";
    if (std::holds_alternative<to_discarded>(action)) return "discard";
    return "wait " + std::to_string(delay_after(std::get<backoff_policy>(action), 1, 0.5).count());
}

std::string of_type(retry_policy const& policy, std::string type) { return verdict(policy, {.type = std::move(type)}); }

std::string on_pattern(std::string const& pattern, std::string const& text) {
    return verdict({{{.messages = {pattern}, .then = to_held{}}}, to_dead{}}, {.message = text});
}

} // namespace

TEST_CASE("the first rule that fits decides") {
    retry_policy const policy{{{.types = {"sqlstate:23505"}, .then = to_discarded{}},
                               {.types = {"sqlstate:23*", "exit:65"}, .then = to_dead{}},
                               {.types = {"sqlstate:*"}, .then = fixed_backoff{7ms}}},
                              to_held{}};
    CHECK(of_type(policy, "sqlstate:23505") == "discard");
    CHECK(of_type(policy, "sqlstate:23503") == "dead");
    CHECK(of_type(policy, "exit:65") == "dead");
    CHECK(of_type(policy, "exit:651") == "hold");
    CHECK(of_type(policy, "sqlstate:40001") == "wait 7");
    CHECK(of_type(policy, "std::runtime_error") == "hold");
}

TEST_CASE("a rule with types and messages wants one of each") {
    retry_policy const policy{{{.types = {"a", "b"}, .messages = {"*timed out*", "busy"}, .then = fixed_backoff{1ms}}},
                              to_dead{}};
    CHECK(verdict(policy, {.type = "b", .message = "the call timed out again"}) == "wait 1");
    CHECK(verdict(policy, {.type = "a", .message = "busy"}) == "wait 1");
    CHECK(verdict(policy, {.type = "a", .message = "very busy"}) == "dead");
    CHECK(verdict(policy, {.type = "c", .message = "busy"}) == "dead");
}

TEST_CASE("a rule is also about errors that are nested in another one") {
    retry_policy const policy{{{.types = {"net::refused"}, .then = fixed_backoff{1ms}}}, to_dead{}};
    job_failure error{.type = "std::runtime_error"};
    CHECK(verdict(policy, error) == "dead");
    error.causes = {{"std::logic_error", ""}, {"net::refused", ""}};
    CHECK(verdict(policy, error) == "wait 1");
}

TEST_CASE("an error that is not recoverable is tried again only where a rule says so") {
    job_failure const hopeless{.type = "x", .recoverable = false};
    CHECK(verdict(fixed_backoff{1ms}, hopeless) == "dead");
    CHECK(verdict(to_held{}, hopeless) == "hold");
    CHECK(verdict(to_discarded{}, hopeless) == "discard");
    CHECK(verdict({{{.types = {"x"}, .then = fixed_backoff{1ms}}}, to_dead{}}, hopeless) == "wait 1");
}

TEST_CASE("a star stands for any text") {
    auto const [pattern, text, fits] = GENERATE(table<std::string, std::string, bool>({
        {"a", "a", true},
        {"a", "ab", false},
        {"a*", "a", true},
        {"a*", "abc", true},
        {"*c", "abc", true},
        {"*c", "abcd", false},
        {"a*c*e", "abcde", true},
        {"a*c*e", "acec", false},
        {"*ab*ab*", "abab", true},
        {"*ab*ab*", "abaab", true},
        {"*ab*ab*", "aabb", false},
        {"**", "x", true},
        {"*", "", true},
        {"A", "a", false},
        {"a.c", "abc", false},
        {"*\n*", "one\ntwo", true},
    }));
    INFO(pattern << " on " << text);
    CHECK(on_pattern(pattern, text) == (fits ? "hold" : "dead"));
}

TEST_CASE("a pattern of many stars takes no long time on a long message") {
    std::string pattern, text(8192, 'a');
    for (int i = 0; i < 200; ++i) pattern += "*a";
    CHECK(on_pattern(pattern + "b", text) == "dead");
}

TEST_CASE("a policy is a value that kinds can share") {
    retry_policy const shared{{{.types = {"x"}, .then = to_held{}}}, exponential_backoff{.first = 2s, .jitter = 0}};
    auto const copy = shared;
    CHECK(of_type(copy, "x") == "hold");
    CHECK(of_type(copy, "y") == "wait 2000");
    retry_policy const plain = fixed_backoff{5s};
    CHECK(of_type(plain, "x") == "wait 5000");
    CHECK(of_type(retry_policy{}, "x") == "wait 1000");
}
