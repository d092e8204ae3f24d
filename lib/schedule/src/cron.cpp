#include <algorithm>

#include "forms.hpp"

namespace txq::schedules {

namespace {

struct field_kind {
    std::string what; ///< with its article
    int lowest;
    int highest;
    std::span<std::string_view const> names = {}; ///< of the values from `lowest` on
};

field_kind const second_field{"a second", 0, 59};
field_kind const minute_field{"a minute", 0, 59};
field_kind const hour_field{"an hour", 0, 23};
field_kind const day_field{"a day of the month", 1, 31};
field_kind const month_field{"a month", 1, 12, month_names};
field_kind const weekday_field{"a weekday", 0, 7, weekday_names}; // sunday at either end

/// What a field has, from 0 on; large enough for every kind.
using values = std::bitset<60>;

/// One field, of which the elements are read one after another.
class field_reader {
  public:
    field_reader(text const& whole, field_kind const& kind) : text_{whole}, kind_{kind} {}

    values read(std::string_view field) const {
        values found;
        for (;;) {
            auto const comma = std::min(field.find(','), field.size());
            found |= element(field.substr(0, comma));
            if (comma == field.size()) return found;
            field.remove_prefix(comma + 1);
        }
    }

  private:
    struct range {
        int first;
        int last;
    };

    values element(std::string_view part) const {
        auto const slash = std::min(part.find('/'), part.size());
        auto const range_part = part.substr(0, slash);
        auto const [first, last] = range_of(range_part);
        auto step = 1;
        if (slash < part.size()) {
            if (range_part != "*" && range_part.find('-') == range_part.npos)
                text_.reject(range_part, "`*` or a range, because a step follows");
            step = text_.number(part.substr(slash + 1), 1, kind_.highest - kind_.lowest, "a step");
        }
        values found;
        for (auto value = first; value <= last; value += step) found.set(static_cast<std::size_t>(value));
        return found;
    }

    range range_of(std::string_view part) const {
        // the second sunday of cron's weekdays is not a part of `*`, or else `*/7` would be a different one
        if (part == "*") return {kind_.lowest, kind_.names.data() == weekday_names ? 6 : kind_.highest};
        auto const dash = std::min(part.find('-', 1), part.size());
        auto const first = value_of(part.substr(0, dash));
        if (dash == part.size()) return {first, first};
        auto last = value_of(part.substr(dash + 1));
        if (last == 0 && first > 0 && kind_.highest == 7) last = 7;
        if (last < first) text_.refuse(part, "the range '" + std::string{part} + "' ends before it begins");
        return {first, last};
    }

    int value_of(std::string_view part) const {
        if (auto const place = place_of(part, kind_.names)) return kind_.lowest + *place;
        return text_.number(part, kind_.lowest, kind_.highest,
                            kind_.what + (kind_.names.empty() ? "" : ", by its name or"));
    }

    text const& text_;
    field_kind const& kind_;
};

values read_field(text const& whole, field_kind const& kind, std::string_view field) {
    return field_reader{whole, kind}.read(field);
}

template <std::size_t Size>
std::bitset<Size> narrowed(values const& from) {
    return std::bitset<Size>{from.to_ullong()};
}

bool is_wildcard(std::string_view field) { return field.starts_with('*'); }

std::bitset<7> weekdays_of(values found) {
    found[0] = found[0] || found[7];
    return narrowed<7>(found.reset(7));
}

/// `L` may stand for an element; what is left of the list is read as numbers.
void read_days(text const& whole, std::string_view field, day_rule& rule) {
    rule.days.reset();
    for (auto rest = field;;) {
        auto const comma = std::min(rest.find(','), rest.size());
        auto const part = rest.substr(0, comma);
        if (same(part, "L"))
            rule.last_day = true;
        else if (same(part.substr(0, 1), "L"))
            whole.refuse(part, "L is the last day of the month and stands alone");
        else
            rule.days |= narrowed<32>(read_field(whole, day_field, part));
        if (comma == rest.size()) return;
        rest.remove_prefix(comma + 1);
    }
}

day_rule read_day_rule(text const& whole, words fields) {
    day_rule rule;
    read_days(whole, fields[0], rule);
    rule.months = narrowed<13>(read_field(whole, month_field, fields[1]));
    rule.weekdays = weekdays_of(read_field(whole, weekday_field, fields[2]));
    rule.either = !is_wildcard(fields[0]) && !is_wildcard(fields[2]);
    return rule;
}

} // namespace

schedule read_cron(text const& whole, words fields) {
    constexpr char expected[] = "five fields (minute, hour, day of the month, month, weekday), or a second before them";
    if (fields.size() < 5) whole.reject(whole.after(fields.back()), expected);
    if (fields.size() > 6) whole.reject(fields[6], "the end, after six fields");
    clock_fields times{.seconds = 1, .minutes = {}, .hours = {}};
    if (fields.size() == 6) {
        times.seconds = read_field(whole, second_field, fields[0]);
        fields = fields.subspan(1);
    }
    times.minutes = read_field(whole, minute_field, fields[0]);
    times.hours = narrowed<24>(read_field(whole, hour_field, fields[1]));
    auto const days = read_day_rule(whole, fields.subspan(2));
    if (!next_day(days, {})) whole.refuse(fields[2], "there is no such day in any year, so it would never run");
    return {days, times, is_wildcard(fields[1]) ? at_changes::as_shown : at_changes::once_each, {}};
}

schedule read_nickname(text const& whole, words only) {
    struct nickname {
        std::string_view name;
        std::string_view meaning;
    };
    constexpr nickname nicknames[] = {
        {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
        {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
    };
    if (only.size() > 1) whole.reject(only[1], "the end or `in ZONE`");
    for (auto const& [name, meaning] : nicknames) {
        if (!same(only[0], name)) continue;
        auto const cron = text{meaning};
        return read_cron(cron, cron.words());
    }
    whole.reject(only[0], "@hourly, @daily, @midnight, @weekly, @monthly or @yearly");
}

} // namespace txq::schedules
