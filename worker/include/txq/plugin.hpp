#pragma once

#include <string>

#include <pqxx/version>

#include <txq/registry.hpp>

/// Makes a shared library a plugin of txq-worker: what follows in braces is called once, before the worker starts, to
/// register the library's handlers.
///
///     TXQ_PLUGIN(handlers) {
///         handlers.add<resize_image>([](txq::job<resize_image> const& job, txq::context& ctx) { ... });
///     }
///
/// The library links txq::worker, and txq::outbox if its handlers enqueue, from the same build of txq as the program.
/// What it throws here ends the program with the message. It is never unloaded.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define TXQ_PLUGIN(registry_name)                                                                                      \
    extern "C" __attribute__((visibility("default"))) char const* txq_plugin_fingerprint() {                           \
        static std::string const mine = txq::detail::plugin_fingerprint();                                             \
        return mine.c_str();                                                                                           \
    }                                                                                                                  \
    extern "C" __attribute__((visibility("default"))) void txq_register(txq::registry& registry_name)
// NOLINTEND(bugprone-macro-parentheses)

namespace txq::detail {

/// What has to be the same on both sides of the border between the program and a plugin: the version of the border
/// itself, libpqxx's, the standard library's, and the size of every type that crosses.
///
/// Static on purpose: each side has to have its own, and the dynamic linker would make them one.
[[maybe_unused]] static std::string plugin_fingerprint() {
    std::string text = "txq plugin 2, libpqxx " PQXX_VERSION;
#ifdef _GLIBCXX_USE_CXX11_ABI
    text += ", C++ ABI " + std::to_string(_GLIBCXX_USE_CXX11_ABI);
#endif
    text += ", types";
    for (auto const size :
         {sizeof(raw_job), sizeof(context), sizeof(outcome), sizeof(job_error), sizeof(registration), sizeof(registry)})
        text += " " + std::to_string(size);
    return text;
}

} // namespace txq::detail
