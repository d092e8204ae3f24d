#include "small_disk.hpp"

#include <system_error>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <worker/program/unique_fd.hpp>

namespace txq::chaos {

namespace {

std::filesystem::path ballast_in(std::filesystem::path const& where) { return where / "ballast"; }

} // namespace

small_disk::small_disk(std::filesystem::path where) : where_{std::move(where)} {
    std::filesystem::create_directories(where_);
    mounted_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, "size=768m") == 0;
}

small_disk::~small_disk() {
    if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove_all(where_, ignored);
}

bool small_disk::fill() {
    if (!mounted_) return false;
    program::unique_fd const file{::open(ballast_in(where_).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    off_t size = 0;
    for (off_t step = off_t{64} << 20; step >= 4096; step /= 4)
        while (::posix_fallocate(file.get(), size, step) == 0) size += step;
    return size > 0;
}

void small_disk::free() {
    std::error_code ignored;
    std::filesystem::remove(ballast_in(where_), ignored);
}

} // namespace txq::chaos
