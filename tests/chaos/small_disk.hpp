#pragma once

#include <filesystem>

namespace txq::chaos {

/// A file system in memory for a server to live on, that can be made full. Takes the right to mount; without it, this
/// is an ordinary directory, which is never full.
class small_disk {
  public:
    /// Mounted on `where`, a directory that is made; unmounted and removed at the end.
    explicit small_disk(std::filesystem::path where);
    ~small_disk();
    small_disk(small_disk const&) = delete;
    small_disk& operator=(small_disk const&) = delete;

    /// Takes all that is left; false if it cannot be full.
    bool fill();
    void free();

  private:
    std::filesystem::path where_;
    bool mounted_ = false;
};

} // namespace txq::chaos
