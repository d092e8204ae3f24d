#pragma once

#include <filesystem>
#include <string>

#include "cluster.hpp"

namespace txq::chaos {

/// Whether everything has come to rest after the producers have ended: nothing, or what is left to do. Also while
/// servers recover, as long as they do.
std::string what_is_left(cluster& servers, std::filesystem::path const& directory);

/// What could hold up what is left, for whoever looks into it: to `stuck.txt` in that directory.
void note_what_holds_up(cluster& servers, std::filesystem::path const& directory);

} // namespace txq::chaos
