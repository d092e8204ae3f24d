#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace txq::cli {

/// What a terminal can be given: control characters are replaced by spaces, so that what a producer has named its queue
/// cannot move the cursor or pass for a line of ours. Of white space that makes one space.
std::string one_line(std::string const& text);
/// The same with its line breaks.
std::string harmless(std::string text);

/// Rows and columns for people: aligned by width, two spaces between columns, no lines. A column that is empty in every
/// row is left out.
class table {
  public:
    enum alignment { left, right };
    struct column {
        std::string title;
        alignment align = left;
    };

    table(std::initializer_list<column> columns) : columns_{columns} {}
    explicit table(std::vector<column> columns) : columns_{std::move(columns)} {}

    /// One cell per column, each of which becomes one_line.
    void add(std::vector<std::string> cells);
    bool empty() const noexcept { return rows_.empty(); }

    friend std::ostream& operator<<(std::ostream& out, table const& shown);

  private:
    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// How many columns of a terminal a text takes: one per character of UTF-8.
std::size_t width(std::string const& text);

} // namespace txq::cli
