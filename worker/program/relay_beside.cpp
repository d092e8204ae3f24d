#include "relay_beside.hpp"

#include <utility>

#include <relay/src/service.hpp>

namespace txq::program {

relay_beside::relay_beside(connection_info where, bool pooled, give_up when, std::function<void()> on_failure)
    : thread_{[this,
               how = relay::settings{.source = where,
                                     .queue = where,
                                     .pooled = pooled,
                                     .give_up_after = when.after,
                                     .on_give_up = when.then},
               on_failure = std::move(on_failure)](std::stop_token stop) {
          try {
              relay::service{how, std::move(stop)}.run();
          } catch (...) {
              failed_ = std::current_exception();
              on_failure();
          }
      }} {}

void relay_beside::finish() {
    thread_.request_stop();
    thread_.join();
    if (failed_) std::rethrow_exception(failed_);
}

} // namespace txq::program
