#pragma once

#include <string>
#include <string_view>

namespace txq::program {

/// The words of a text one after the other. A word with blanks in it stands in quotes, 'such as this', single or
/// double, with no way to have that quote itself in it.
class word_list {
  public:
    /// `subject` is how complaints begin, such as "retry policy".
    word_list(std::string_view text, char const* subject) : text_{text}, subject_{subject} { skip_blanks(); }

    bool empty() const { return text_.empty(); }
    bool begins_with_digit() const { return !empty() && text_.front() >= '0' && text_.front() <= '9'; }
    /// Whether this is the next word, without quotes.
    bool is(std::string_view wanted) const { return first() == wanted; }
    /// Takes the next word if it is this one, without quotes.
    bool take_if(std::string_view wanted);
    /// Throws error if there is none; `what` is what it should have been.
    std::string take(char const* what);

    /// Throws error (bad_configuration).
    [[noreturn]] void reject(std::string const& why) const;
    /// That the next word is not one of those that could be there.
    [[noreturn]] void reject_word(char const* expected);

  private:
    bool in_quotes() const { return text_.starts_with('\'') || text_.starts_with('"'); }
    std::string_view first() const { return text_.substr(0, text_.find_first_of(" \t\r\n")); }
    void skip_blanks();

    std::string_view text_;
    char const* subject_;
};

} // namespace txq::program
