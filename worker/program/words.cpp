#include "words.hpp"

#include <algorithm>

#include <txq/error.hpp>

namespace txq::program {

bool word_list::take_if(std::string_view wanted) {
    if (!is(wanted)) return false;
    take("");
    return true;
}

std::string word_list::take(char const* what) {
    if (empty()) reject(std::string{"there should be "} + what + " at the end");
    auto word = first();
    auto length = word.size();
    if (in_quotes()) {
        auto const end = text_.find(text_.front(), 1);
        if (end == text_.npos) reject("the quote in front of " + std::string{text_.substr(1)} + " is not closed");
        word = text_.substr(1, end - 1);
        length = end + 1;
    }
    std::string taken{word};
    text_.remove_prefix(length);
    skip_blanks();
    return taken;
}

void word_list::skip_blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size())); }

void word_list::reject(std::string const& why) const {
    throw error{errc::bad_configuration, std::string{subject_} + ": " + why};
}

void word_list::reject_word(char const* expected) {
    if (empty()) reject(std::string{"there should be one of "} + expected + " at the end");
    reject("'" + take("") + "' is not one of " + expected);
}

} // namespace txq::program
