#pragma once

#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <txq/enqueue.hpp>
#include <txq/testing/clock.hpp>

namespace txq::testing {

/// A job that was enqueued, with all that was said of it.
struct enqueued_job {
    uuid id;
    std::string kind;
    /// JSON, as it was given.
    std::string payload;
    enqueue_options options;
    /// By the test's clock.
    clock::time_point enqueued_at;
    /// The first one has 0, also after clear().
    std::size_t number = 0;

    /// Not before this.
    clock::time_point due() const;
    nlohmann::json json() const { return nlohmann::json::parse(payload); }
    /// The arguments as their struct. Throws std::logic_error if the job is of another kind.
    template <job_arguments Args>
    Args as() const {
        if (kind != Args::kind) throw std::logic_error{"a job of kind " + kind + " was taken for another"};
        return json().template get<Args>();
    }
};

/// An outbox that only records: `txq::enqueue(outbox, send_receipt{42})`, or whatever transaction is given as long as a
/// capture lives. Refuses what a real one would. Enqueues may come from any thread.
///
/// It knows nothing of transactions: what was enqueued in one that was then rolled back is there all the same.
class memory_outbox : public outbox_stand_in {
  public:
    /// Jobs are enqueued at the clock's time. It has to live as long as this.
    explicit memory_outbox(clock const& time) : time_{time} {}

    void take(std::vector<job> jobs) override;

    /// In the order in which they were enqueued.
    std::vector<enqueued_job> all() const;
    std::vector<enqueued_job> of_kind(std::string_view kind) const;
    /// Those from this number on.
    std::vector<enqueued_job> since(std::size_t number) const;
    /// The only one that there is. Throws std::logic_error that lists what there is if there are none or several.
    enqueued_job only() const;
    /// The arguments of all jobs of their kind.
    template <job_arguments Args>
    std::vector<Args> all_of() const {
        std::vector<Args> arguments;
        for (auto const& one : of_kind(Args::kind)) arguments.push_back(one.template as<Args>());
        return arguments;
    }

    std::size_t size() const;
    bool empty() const { return size() == 0; }
    void clear();

  private:
    clock const& time_;
    mutable std::mutex mutex_;
    std::vector<enqueued_job> jobs_;
    std::size_t enqueued_ = 0;
};

/// As long as it lives, whatever C++ enqueues in any transaction of this process goes to a memory outbox, and nothing
/// is sent to the database. Jobs that SQL enqueues (txq.enqueue, triggers) are not seen; drain() sees those.
class capture {
  public:
    /// Throws std::logic_error if there is another one.
    explicit capture(memory_outbox& into);
    ~capture();
    capture(capture const&) = delete;
    capture& operator=(capture const&) = delete;
};

} // namespace txq::testing
