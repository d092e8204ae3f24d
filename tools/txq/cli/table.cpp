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

unsigned char byte_at(std::string const& text, std::size_t at) {
    return static_cast<unsigned char>(at < text.size() ? text[at] : '\0');
}

bool is_within(unsigned char byte, int from, int to) { return byte >= from && byte <= to; }

/// As bytes of UTF-8: how long the control character is that begins here; 0: none does. Those that turn the direction
/// of writing are among them: they can make a line say something else than it does.
std::size_t control_character(std::string const& text, std::size_t at) {
    auto const first = byte_at(text, at);
    auto const second = byte_at(text, at + 1);
    auto const third = byte_at(text, at + 2);
    if (first < ' ' || first == 0x7f) return 1;
    if (first == 0xc2 && is_within(second, 0x80, 0x9f)) return 2;                   // U+0080 to U+009F
    if (first == 0xe2 && second == 0x80 && is_within(third, 0xa8, 0xae)) return 3;  // U+2028 to U+202E
    return first == 0xe2 && second == 0x81 && is_within(third, 0xa6, 0xa9) ? 3 : 0; // U+2066 to U+2069
}

} // namespace

std::string harmless(std::string text) {
    for (std::size_t at = 0; at < text.size(); ++at)
        if (text[at] != '\n')
            if (auto const bytes = control_character(text, at)) text.replace(at, bytes, 1, ' ');
    return text;
}

std::string one_line(std::string const& text) {
    std::string line;
    for (auto const c : harmless(text))
        if (c == '\n' || c == ' ') {
            if (!line.empty() && line.back() != ' ') line += ' ';
        } else {
            line += c;
        }
    if (line.ends_with(' ')) line.pop_back();
    return line;
}

std::size_t width(std::string const& text) {
    auto const begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

void table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (auto& cell : cells) cell = one_line(cell);
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
