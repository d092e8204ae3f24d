// Part of txq::core in builds with TXQ_PLANTED_BUGS=ON.

#include <txq/detail/failpoint.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace txq::failpoint {

namespace {

struct place {
    std::string name;
    std::atomic<int> passes_left{0};

    place() {
        auto const* value = std::getenv("TXQ_FAILPOINT");
        std::string const text{value ? value : ""};
        auto const colon = text.rfind(':');
        if (colon == text.npos) return;
        name = text.substr(0, colon);
        passes_left = std::atoi(text.c_str() + colon + 1);
    }
};

} // namespace

void pass(char const* statement, moment when) {
    static place chosen;
    if (chosen.name.empty() || chosen.name != std::string{statement} + (when == moment::before ? ":before" : ":after"))
        return;
    if (--chosen.passes_left != 0) return;
    static char const last_words[] = "died at a failpoint\n";
    [[maybe_unused]] auto const written = write(STDERR_FILENO, last_words, sizeof last_words - 1);
    kill(getpid(), SIGKILL);
}

} // namespace txq::failpoint
