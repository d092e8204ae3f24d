#pragma once

#include "forms.hpp"

namespace txq::schedules {

/// The words of a schedule, of which the first is taken away again and again.
class sentence {
  public:
    sentence(text const& whole, words rest) : whole_{whole}, rest_{rest} {}

    bool empty() const noexcept { return rest_.empty(); }
    /// The first word, or the place where it is missing.
    std::string_view peek() const { return rest_.empty() ? whole_.end() : rest_.front(); }

    std::string_view take() {
        auto const word = peek();
        if (!rest_.empty()) rest_ = rest_.subspan(1);
        return word;
    }

    /// Takes the word if it is the first one.
    bool take_if(std::string_view word) {
        if (!same(peek(), word)) return false;
        take();
        return true;
    }

    /// The same for a word in the singular or the plural.
    bool take_if_unit(std::string_view singular) { return take_if(singular) || take_if(std::string{singular} + 's'); }

    text const& whole() const noexcept { return whole_; }
    [[noreturn]] void reject(std::string const& expected) const { whole_.reject(peek(), expected); }

  private:
    text const& whole_;
    words rest_;
};

} // namespace txq::schedules
