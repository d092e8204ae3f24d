#include <txq/registry.hpp>

#include <txq/error.hpp>

namespace txq {

registry& registry::insert(std::string_view kind, registration entry) {
    auto const what = "handler for kind '" + std::string{kind} + "'";
    if (kind.empty() || kind.size() > 128) throw error{errc::bad_configuration, what + ": a kind has 1 to 128 bytes"};
    if (entry.options.timeout < entry.options.timeout.zero())
        throw error{errc::bad_configuration, what + ": the timeout is negative"};
    validate(entry.options.retry);
    if (!by_kind_.emplace(kind, std::move(entry)).second)
        throw error{errc::bad_configuration, what + " is registered twice"};
    return *this;
}

registration const* registry::find(std::string_view kind) const {
    auto const found = by_kind_.find(kind);
    return found == by_kind_.end() ? nullptr : &found->second;
}

std::vector<std::string> registry::kinds() const {
    std::vector<std::string> all;
    for (auto const& [kind, entry] : by_kind_) all.push_back(kind);
    return all;
}

} // namespace txq
