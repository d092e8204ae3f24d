#include <txq/cli/unique_options.hpp>

#include <algorithm>
#include <map>

#include <txq/cli/given_name.hpp>
#include <txq/cli/given_time.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

std::map<std::string, unique::stage> const stages{
    {"waiting", unique::waiting}, {"running", unique::running}, {"done", unique::done}};
std::map<std::string, unique::conflict> const conflicts{
    {"keep", unique::keep}, {"replace", unique::replace}, {"postpone", unique::postpone}};

/// Zero means that there is no bound, which nobody has to give. `otherwise`: what happens without one.
std::chrono::milliseconds bound_given(char const* option, std::string const& text, char const* otherwise) {
    auto const bound = duration_given(option, text);
    if (bound == bound.zero()) throw error{errc::bad_unique, std::string{option} + " is 0; without it " + otherwise};
    return bound;
}

} // namespace

void unique_options::add_to(CLI::App& command) {
    auto* const key = command.add_option("--unique-key", rule_.key, "Unless a job of this kind stands for this key")
                          ->type_name("KEY");
    auto* const field = command
                            .add_option("--unique-field", rule_.fields,
                                        "Unless one stands for what the payload has in this field; may be repeated")
                            ->type_name("NAME")
                            ->allow_extra_args(false)
                            ->excludes(key);
    needed_ = {key, field};
    auto const of_a_rule = [&](CLI::Option* option, char const* type) {
        option->type_name(type);
        option->check([this](std::string const&) {
            auto const given = std::ranges::any_of(needed_, [](auto const* one) { return one->count() > 0; });
            return given ? std::string{} : "give --unique-key or --unique-field as well";
        });
    };
    of_a_rule(
        command.add_option("--unique-within", within_, "A job stands for its key for this long")->check(not_empty()),
        "DURATION");
    of_a_rule(command
                  .add_option("--unique-states", states_,
                              "In which states: waiting, running and done (default: waiting; all of them where it is "
                              "kept within a period)")
                  ->check(CLI::IsMember({"waiting", "running", "done"}))
                  ->delimiter(','),
              "STATES");
    of_a_rule(
        command
            .add_option("--on-conflict", conflict_,
                        "What becomes of the job that stands for it: keep it, replace its arguments, or postpone it "
                        "(default: keep)")
            ->check(CLI::IsMember({"keep", "replace", "postpone"})),
        "WHAT");
    of_a_rule(command.add_option("--at-most", at_most_, "Not postponed beyond this long after its own enqueue")
                  ->check(not_empty()),
              "DURATION");
}

std::optional<unique> unique_options::rule() const {
    if (std::ranges::none_of(needed_, [](auto const* one) { return one->count() > 0; })) return std::nullopt;
    auto rule = rule_;
    for (auto const& state : states_) rule.states.push_back(stages.at(state));
    if (!conflict_.empty()) rule.on_conflict = conflicts.at(conflict_);
    if (!within_.empty())
        rule.within = bound_given("--unique-within", within_, "a job stands for its key until it is run");
    if (!at_most_.empty()) rule.at_most = bound_given("--at-most", at_most_, "a job is postponed at each enqueue");
    return rule;
}

} // namespace txq::cli
