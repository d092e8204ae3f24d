#include "stepped_clocks.hpp"

namespace txq::chaos {

bool stepped_clocks::step(steered_clock& which, nlohmann::json const& whose, bool forward, std::uint32_t target,
                          std::chrono::milliseconds length) {
    if (dips_.contains(&which)) return false;
    auto const before = which.offset();
    auto const far = std::chrono::seconds{300 + target % 3300};
    set(which, whose, forward ? before + far : before - 2 * far);
    if (!forward) dips_[&which] = {whose, before, clock::now() + length};
    return true;
}

void stepped_clocks::set(steered_clock& which, nlohmann::json whose, std::chrono::seconds offset) {
    which.set(offset);
    whose["offset_s"] = offset.count();
    where_.write(std::move(whose));
}

void stepped_clocks::tend() {
    auto const now = clock::now();
    std::erase_if(dips_, [&](auto const& one) {
        if (now < one.second.until) return false;
        set(*one.first, one.second.whose, one.second.back_to);
        return true;
    });
}

void stepped_clocks::heal() {
    for (auto& one : dips_) one.second.until = clock::now();
}

} // namespace txq::chaos
