#pragma once

#include <bitset>
#include <string>
#include <vector>

namespace txq::schedules {

/// "a", "a and b", "a, b and c"
inline std::string listed(std::vector<std::string> const& parts) {
    std::string text;
    for (std::size_t place = 0; place < parts.size(); ++place) {
        if (place > 0) text += place + 1 == parts.size() ? " and " : ", ";
        text += parts[place];
    }
    return text;
}

/// The numbers of a set by their names, three and more in a row as "3 to 5".
template <std::size_t Size, class Name>
std::string enumerated(std::bitset<Size> const& numbers, Name const& name) {
    std::vector<std::string> parts;
    for (std::size_t first = 0; first < Size; ++first) {
        if (!numbers[first]) continue;
        auto last = first;
        while (last + 1 < Size && numbers[last + 1]) ++last;
        if (last < first + 2) last = first;
        auto const from = name(static_cast<int>(first));
        parts.push_back(last == first ? from : from + " to " + name(static_cast<int>(last)));
        first = last;
    }
    return listed(parts);
}

} // namespace txq::schedules
