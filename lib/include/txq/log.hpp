#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace txq::log {

enum class level { debug, info, warning, error };

/// One fact of an event, by name: a job's id, a count, an error.
struct field {
    std::string_view name;
    std::string value;
    bool is_json = false; ///< a number, true or false: JSON has it without quotes

    field(std::string_view n, std::string v) : name{n}, value{std::move(v)} {}
    field(std::string_view n, std::string_view v) : name{n}, value{v} {}
    field(std::string_view n, char const* v) : name{n}, value{v} {}
    field(std::string_view n, bool v) : name{n}, value{v ? "true" : "false"}, is_json{true} {}
    template <std::integral Integer>
    field(std::string_view n, Integer v) : name{n},
                                           value{std::to_string(v)},
                                           is_json{true} {}
};

using fields = std::initializer_list<field>;

/// Receives every event at or above the threshold. Called by any thread, several at a time; must not throw.
using sink = std::function<void(level, std::string_view event, std::vector<field> const&)>;

/// Lines on standard error: `2026-01-31T09:05:00.123Z info claimed queue=mail jobs=12`, or one JSON object each.
sink text_sink();
sink json_sink();

/// Where events go from now on; text_sink() unless set. Set it before workers start.
void set_sink(sink where);

/// Events below this are dropped; level::info unless set.
void set_threshold(level lowest) noexcept;

/// `what` is a few fixed words that can be searched for; what varies is in the fields.
void event(level severity, std::string_view what, fields facts = {});

inline void debug(std::string_view what, fields facts = {}) { event(level::debug, what, facts); }
inline void info(std::string_view what, fields facts = {}) { event(level::info, what, facts); }
inline void warning(std::string_view what, fields facts = {}) { event(level::warning, what, facts); }
inline void error(std::string_view what, fields facts = {}) { event(level::error, what, facts); }

} // namespace txq::log
