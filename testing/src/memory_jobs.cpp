#include "jobs.hpp"

#include <functional>
#include <set>
#include <stdexcept>
#include <utility>

#include "attempting.hpp"

namespace txq::testing {

namespace {

/// What stands for an operation's name where no database makes a hash of it. Not the id that one would make.
uuid id_of_name(std::string const& kind, std::string const& name) {
    std::array<std::uint8_t, 16> bytes{};
    auto const hash = std::hash<std::string>{}(std::to_string(kind.size()) + ':' + kind + name);
    for (std::size_t i = 0; i < sizeof hash; ++i)
        bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(hash >> 8 * i);
    bytes[0] = 0xff;
    return uuid{bytes};
}

uuid operation_of(enqueued_job const& one) {
    auto const& name = one.options.operation_id;
    if (name.empty()) return one.id;
    auto const id = uuid::parse(name);
    return id ? *id : id_of_name(one.kind, name);
}

known_job known(enqueued_job const& one) {
    known_job result{.job = {}, .due = one.due(), .order_holds = one.options.order_holds};
    auto& job = result.job;
    job.id = one.id;
    job.operation_id = operation_of(one);
    job.queue = one.options.queue;
    job.kind = one.kind;
    job.priority = one.options.priority;
    job.max_attempts = one.options.max_attempts;
    job.enqueued_at = one.enqueued_at;
    job.run_at = result.due;
    job.payload = one.payload;
    job.headers = one.options.headers;
    job.tenant = one.options.tenant;
    job.order_key = one.options.order_key;
    return result;
}

class memory_jobs : public job_source {
  public:
    explicit memory_jobs(memory_outbox& from) : from_{from} {}

    std::vector<known_job> fetch() override {
        std::vector<known_job> jobs;
        for (auto const& one : from_.since(next_)) {
            jobs.push_back(known(one));
            next_ = one.number + 1;
        }
        return jobs;
    }

    run_end run(raw_job const& job, registration const& how) override {
        if (!how.plain)
            throw std::logic_error{"the handler of " + job.kind +
                                   " takes a transaction: run it with txq::testing::drain in a database"};
        if (done_.contains(job.operation_id)) return {ending::completed(), true};
        auto end = attempt(job, how, [&](context& ctx) { return how.plain(job, ctx); });
        if (end.state == ending::state::completed) done_.insert(job.operation_id);
        return {std::move(end)};
    }

  private:
    memory_outbox& from_;
    std::size_t next_ = 0;
    std::set<uuid> done_;
};

} // namespace

std::unique_ptr<job_source> jobs_in_memory(memory_outbox& from) { return std::make_unique<memory_jobs>(from); }

} // namespace txq::testing
