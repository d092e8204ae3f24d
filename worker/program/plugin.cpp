#include "plugin.hpp"

#include <cstring>

#include <dlfcn.h>
#include <unistd.h>

#include <txq/error.hpp>
#include <txq/log.hpp>
#include <txq/plugin.hpp>

namespace txq::program {

namespace {

[[noreturn]] void reject(std::string const& why) { throw error{errc::bad_configuration, why}; }

std::filesystem::path resolved(std::filesystem::path const& library) {
    std::error_code failed;
    auto file = std::filesystem::canonical(library, failed);
    if (failed) reject(library.string() + ": " + failed.message());
    return file;
}

void* open(std::filesystem::path const& file) {
    auto* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) reject(std::string{"cannot load it: "} + ::dlerror());
    return handle;
}

template <typename Function>
Function* symbol(void* handle, char const* name, std::filesystem::path const& file) {
    if (auto* const found = ::dlsym(handle, name)) return reinterpret_cast<Function*>(found);
    reject(file.string() + " is not a plugin: it has no function " + name + "; see TXQ_PLUGIN in <txq/plugin.hpp>");
}

void check_fingerprint(std::string const& theirs, std::filesystem::path const& file) {
    auto const ours = detail::plugin_fingerprint();
    if (theirs != ours)
        reject(file.string() + " was built for another txq-worker and has to be built again: it has '" + theirs +
               "', this program '" + ours + "'");
}

} // namespace

bool is_safe(struct stat const& found, unsigned self) noexcept {
    auto const owned = found.st_uid == 0 || found.st_uid == self;
    auto const closed = (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    auto const sticky = S_ISDIR(found.st_mode) && (found.st_mode & S_ISVTX) != 0;
    return owned && (closed || sticky);
}

void require_safe_path(std::filesystem::path const& absolute) {
    for (auto path = absolute;; path = path.parent_path()) {
        struct stat found {};
        if (::stat(path.c_str(), &found) != 0) reject(path.string() + ": " + std::strerror(errno));
        if (!is_safe(found, ::geteuid()))
            reject(path.string() +
                   " can be changed by other users, and with it what this program runs: it should belong "
                   "to root or to the user of txq-worker, and be writable for its owner alone");
        if (path == path.root_path()) return;
    }
}

registry const& plugins::load(std::filesystem::path const& library) {
    auto const file = resolved(library);
    if (auto const known = loaded_.find(file); known != loaded_.end()) return known->second;
    require_safe_path(file);
    auto* const handle = open(file);
    check_fingerprint(symbol<char const*()>(handle, "txq_plugin_fingerprint", file)(), file);
    registry handlers;
    symbol<void(registry&)>(handle, "txq_register", file)(handlers);
    log::info("loaded a plugin", {{"file", file.string()}, {"kinds", handlers.kinds().size()}});
    return loaded_.emplace(file, std::move(handlers)).first->second;
}

registration const& plugins::find(std::filesystem::path const& library, std::string_view kind) {
    auto const& handlers = load(library);
    if (auto const* const found = handlers.find(kind)) return *found;
    std::string kinds;
    for (auto const& one : handlers.kinds()) kinds += (kinds.empty() ? "" : ", ") + one;
    reject(library.string() + " has no handler for '" + std::string{kind} + "' but for: " + kinds);
}

} // namespace txq::program
