#include "person.hpp"

namespace txq::chaos {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 300ms;

/// Of those that nobody has decided about for a moment.
constexpr char stopped[] =
    "select one.source, one.database from txq.stopped_outboxes as one where one.resumed_at is null "
    "and one.batch = (select max(batch) from txq.relay_batches as last where (last.source, last.database) = "
    "(one.source, one.database)) "
    "and one.stopped_at not between clock_timestamp() - interval '700 ms' and clock_timestamp() limit 1";

} // namespace

void person::tend() {
    if (command_ && !command_->running()) end_command();
    if (command_ || clock::now() < look_at_) return;
    look_at_ = clock::now() + between_looks;
    try {
        look();
    } catch (pqxx::failure const&) { // the queue's server is down
    }
}

void person::look() {
    auto const found = servers_.ask(cluster::queue, stopped);
    if (found.empty()) return;
    auto const url = servers_.server_of(cluster::queue).url(cluster::name(cluster::queue));
    std::string const outbox = found[0][0].c_str();
    std::string const copy = found[0][1].c_str();
    where_.write({{"e", "person"}, {"resumes", outbox}});
    command_ = std::make_unique<test::process>(
        std::vector<std::string>{"txq", "outboxes", "resume", outbox, "--copy", copy, "--yes", "--database", url});
}

/// What fails, because the server was stopped, is tried again.
void person::end_command() {
    resumed_ += command_->wait() == 0;
    command_.reset();
}

} // namespace txq::chaos
