#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <txq/error.hpp>

#include <txq/detail/toml.hpp>

namespace txq::program {

/// Takes the keys of a section one by one, each with the type that it must have, and complains about those that
/// nobody took. Every error is a txq::error (bad_configuration) with the file, the line, the section and the key.
class section_reader {
  public:
    section_reader(toml_section const& section, std::string file);

    std::optional<std::string> text(std::string const& key);
    std::optional<std::chrono::milliseconds> duration(std::string const& key, std::string const& least = "0s");
    std::optional<int> number(std::string const& key, int least, int most = std::numeric_limits<int>::max());
    std::optional<bool> truth(std::string const& key);
    std::optional<std::vector<std::string>> list(std::string const& key);

    /// Runs `parse` on the text of a key; its txq::error gets this key's place in front of it.
    template <typename Parse>
    auto parsed(std::string const& key, Parse parse) -> std::optional<std::invoke_result_t<Parse, std::string const&>>;

    /// The same for each element of a list; the place is the element's.
    template <typename Parse>
    auto parsed_list(std::string const& key, Parse parse)
        -> std::vector<std::invoke_result_t<Parse, std::string const&>>;

    /// A key that somebody else takes, whatever it is.
    void leave(std::string const& key) { taken_.push_back(key); }
    /// Throws error if a key was not taken.
    void finish() const;

    [[noreturn]] void fail(std::string const& why) const;
    [[noreturn]] void fail(std::string const& key, std::string const& why) const;
    /// About an element of a list, the first one being 0.
    [[noreturn]] void fail(std::string const& key, std::size_t element, std::string const& why) const;

    /// The section's: see toml_section.
    std::string name() const { return section_.name(); }
    /// "worker.toml, line 12, [kind.mail]"
    std::string where() const;
    /// "worker.toml, line 14, [kind.mail], retry"
    std::string where(std::string const& key) const;

  private:
    toml_value const* take(std::string const& key);
    template <typename T>
    T const* take_as(std::string const& key, char const* expected);
    std::string header() const;
    std::string place(int line) const;

    toml_section const& section_;
    std::string file_;
    std::vector<std::string> taken_;
};

template <typename Parse>
auto section_reader::parsed(std::string const& key, Parse parse)
    -> std::optional<std::invoke_result_t<Parse, std::string const&>> {
    auto const given = text(key);
    if (!given) return std::nullopt;
    try {
        return parse(*given);
    } catch (error const& wrong) { fail(key, wrong.what()); }
}

template <typename Parse>
auto section_reader::parsed_list(std::string const& key, Parse parse)
    -> std::vector<std::invoke_result_t<Parse, std::string const&>> {
    std::vector<std::invoke_result_t<Parse, std::string const&>> all;
    auto const given = list(key);
    for (std::size_t i = 0; given && i < given->size(); ++i) {
        try {
            all.push_back(parse((*given)[i]));
        } catch (error const& wrong) { fail(key, i, wrong.what()); }
    }
    return all;
}

/// TOML sees two sections in [kind.a.b] and [kind."a.b"].
template <typename Named>
void refuse_second(std::vector<Named> const& all, std::string const& name, section_reader const& keys) {
    if (std::ranges::find(all, name, &Named::name) != all.end()) keys.fail("'" + name + "' is in the file already");
}

} // namespace txq::program
