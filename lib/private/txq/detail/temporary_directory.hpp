#pragma once

#include <filesystem>
#include <string>

namespace txq {

/// A directory of one's own below $TMPDIR, or /tmp, that nobody else can read, and that is removed with what is in it.
class temporary_directory {
  public:
    /// Throws std::system_error.
    explicit temporary_directory(std::string const& prefix);
    ~temporary_directory();
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;

    std::filesystem::path const& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

} // namespace txq
