#include "mail_sink.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace shop {

mail_sink::mail_sink(std::string const& path)
    : file_{open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)} {
    if (file_ < 0) throw std::system_error{errno, std::generic_category(), path};
}

mail_sink::~mail_sink() { close(file_); }

void mail_sink::deliver(mail const& one) {
    // One write, so that lines of several processes are not mixed and a killed one leaves a whole line or none.
    auto const line = one.key + ' ' + std::to_string(one.order) + '\n';
    auto const written = write(file_, line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size()))
        throw std::system_error{errno, std::generic_category(), "mail sink"};
}

std::vector<mail> read_mails(std::string const& path) {
    std::vector<mail> mails;
    std::ifstream lines{path};
    for (mail one; lines >> one.key >> one.order;) mails.push_back(one);
    return mails;
}

} // namespace shop
