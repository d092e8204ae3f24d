#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace txq::schedules {

/// The text of a schedule. All parts of it are views into it, which is how an error finds the column to point at.
class text {
  public:
    explicit text(std::string_view whole) : whole_{whole} {}

    /// What lies between the blanks.
    std::vector<std::string_view> words(std::string_view blanks = " \t") const;
    /// The place after the last word.
    std::string_view end() const { return after(whole_.substr(0, whole_.find_last_not_of(" \t") + 1)); }
    /// The place after a part.
    static std::string_view after(std::string_view part) { return part.substr(part.size()); }

    /// `expected` is a noun, with its article.
    [[noreturn]] void reject(std::string_view part, std::string const& expected) const;
    /// `problem` is a sentence of its own.
    [[noreturn]] void refuse(std::string_view part, std::string const& problem) const;

    /// Only digits; throws if it is none, or is not within the bounds. `what` is "an hour", for example.
    int number(std::string_view part, int lowest, int highest, std::string const& what) const;

  private:
    std::string_view whole_;
};

/// Whether they differ in nothing but the case of letters.
bool same(std::string_view part, std::string_view word);
/// The place of the word in a list, in full or its first three letters.
std::optional<int> place_of(std::string_view part, std::span<std::string_view const> names);

inline constexpr std::string_view month_names[] = {"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
inline constexpr std::string_view weekday_names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                                     "thursday", "friday", "saturday"};

} // namespace txq::schedules
