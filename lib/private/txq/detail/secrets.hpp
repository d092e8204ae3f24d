#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace txq {

/// A text for people in which passwords of connection strings, wherever they stand in it, are `***`. For messages that
/// are not ours or repeat what somebody has given: a connection string may have been given where none was meant, and
/// libpq and the server repeat its parts. It rather takes out too much than too little.
std::string without_passwords(std::string_view text);

/// A program's arguments without its name. In the process's own memory, where `ps` looks, passwords are overwritten.
std::vector<std::string> take_arguments(int count, char** arguments);

} // namespace txq
