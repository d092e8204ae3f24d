#pragma once

#include <filesystem>
#include <map>

#include <sys/stat.h>

#include <txq/registry.hpp>

namespace txq::program {

/// The libraries that a worker's file names, each loaded once, whatever the number of kinds.
class plugins {
  public:
    /// The kind's handler and options as the library has registered them; valid as long as this.
    /// Throws error (bad_configuration) if the library cannot be loaded or does not have the kind.
    registration const& find(std::filesystem::path const& library, std::string_view kind);

  private:
    registry const& load(std::filesystem::path const& library);

    std::map<std::filesystem::path, registry> loaded_;
};

/// Whether only root and this process's user can change what is there: it is theirs, and neither group nor others may
/// write. Others may write to a directory with the sticky bit, where they cannot replace what is not theirs.
bool is_safe(struct stat const& found, unsigned self) noexcept;

/// Throws error (bad_configuration) unless the file and every directory above it are safe.
void require_safe_path(std::filesystem::path const& absolute);

} // namespace txq::program
