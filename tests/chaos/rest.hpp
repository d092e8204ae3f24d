#pragma once

#include <filesystem>
#include <string>

#include "cluster.hpp"

namespace txq::chaos {

/// What is left to do after the producers have ended; nothing: everything has come to rest. A server that does not
/// answer, as while it recovers, is something that is left.
std::string what_is_left(cluster& servers, std::filesystem::path const& directory);

/// What could hold up what is left, for whoever looks into it: to `stuck.txt` in that directory.
void note_what_holds_up(cluster& servers, std::filesystem::path const& directory);

} // namespace txq::chaos
