#include <txq/cli/table.hpp>

#include <algorithm>
#include <ostream>

namespace txq::cli {

namespace {

std::string padded(std::string const& text, std::size_t to, table::alignment align) {
    auto const padding = std::string(to - std::min(to, width(text)), ' ');
    return align == table::right ? padding + text : text + padding;
}

/// Without the blanks that pad its last cell.
void write_line(std::ostream& out, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
}

} // namespace

std::size_t width(std::string const& text) {
    auto const begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

void table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (auto& cell : cells)
        std::ranges::replace_if(
            cell, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
    rows_.push_back(std::move(cells));
}

std::ostream& operator<<(std::ostream& out, table const& shown) {
    std::vector<std::size_t> widths(shown.columns_.size());
    for (auto const& row : shown.rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));

    auto const write = [&](auto cell_of) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (widths[i] == 0) continue;
            auto const& column = shown.columns_[i];
            line +=
                (line.empty() ? "" : "  ") + padded(cell_of(i), std::max(widths[i], column.title.size()), column.align);
        }
        write_line(out, line);
    };
    write([&](std::size_t i) { return shown.columns_[i].title; });
    for (auto const& row : shown.rows_) write([&](std::size_t i) { return row[i]; });
    return out;
}

} // namespace txq::cli
