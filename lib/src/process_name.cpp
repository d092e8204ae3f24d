#include <txq/detail/process_name.hpp>

#include <unistd.h>

namespace txq {

std::string process_name() {
    char host[256] = "localhost";
    ::gethostname(host, sizeof host - 1);
    return std::string{host} + ':' + std::to_string(::getpid());
}

} // namespace txq
