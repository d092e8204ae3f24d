#pragma once

#include <string>
#include <vector>

#include "jobs.hpp"

namespace shop {

struct mail {
    /// The operation id: a mail service that knows it already would not send the mail again.
    std::string key;
    order_number order;
};

/// Stands for a mail service: a file to which every process appends a line per mail it hands over. Any thread.
class mail_sink {
  public:
    /// Throws std::system_error, as deliver() does.
    explicit mail_sink(std::string const& path);
    ~mail_sink();
    mail_sink(mail_sink const&) = delete;
    mail_sink& operator=(mail_sink const&) = delete;

    void deliver(mail const& one);

  private:
    int file_;
};

/// What has been delivered, in that order. A file that does not exist has no mails.
std::vector<mail> read_mails(std::string const& path);

} // namespace shop
