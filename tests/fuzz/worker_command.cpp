// The command line of txq-worker, an argument a line.

#include <iostream>
#include <sstream>

#include <worker/program/options.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::has;
using fuzz::require;

namespace {

/// Takes what is written to a stream, until the end of it.
class captured {
  public:
    explicit captured(std::ostream& from) : from_{from}, before_{from.rdbuf(text_.rdbuf())} {}
    ~captured() { from_.rdbuf(before_); }
    captured(captured const&) = delete;
    captured& operator=(captured const&) = delete;
    std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::ostream& from_;
    std::streambuf* before_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const input = fuzz::text_of(data, size);
    if (has(input, fuzz::secret)) return 0;
    captured const out{std::cout};
    captured const err{std::cerr};
    auto const options = program::parse_options(fuzz::arguments_of(input));
    auto const status = options.exit_status.value_or(0);
    auto const complaint = err.text();
    bool const silent = complaint.empty();
    if (status == 0 && silent && !has(out.text(), fuzz::secret)) return 0;
    require(status == 2 && !silent, "what is wrong is said, and the exit status is 2", complaint);
    require(!has(complaint, fuzz::secret), "no password is said", complaint);
    return 0;
}
