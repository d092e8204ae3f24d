#include <txq/enqueue.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/trace.hpp>

#include "validate.hpp"
#include "wire.hpp"

namespace txq {

namespace {

void check_names(wire const& to, common_fields const& common) {
    to.check_name(errc::bad_kind, "kind", common.kind);
    to.check_name(errc::bad_queue, "queue", common.queue);
}

/// In a database that has no outbox the application is told so, and not what PostgreSQL did not find.
void send(pqxx::transaction_base& tx, statement const& what, pq::params const& with) {
    try {
        pq::exec(tx, what, with);
    } catch (pqxx::sql_error const& failed) {
        auto const state = pq::sqlstate(failed);
        if (state != "42P01" && state != "42883" && state != "3F000") throw; // table, function, schema
        std::string const message = failed.what();
        throw error{errc::schema_missing,
                    pq::describe(tx.conn()) +
                        " has no outbox schema of txq, or an older one; run: txq migrate --side outbox (" +
                        message.substr(0, message.find('\n')) + ")"};
    }
}

uuid enqueue_one(pqxx::transaction_base& tx, std::string_view kind, std::string_view payload,
                 enqueue_options const& options) {
    auto const common = check_common(kind, options, trace_scope::current());
    check_operation_id(options.operation_id);
    auto const shape = check_payload(payload, options.payload_limit);
    wire const to{tx};
    check_names(to, common);
    to.check_name(errc::bad_operation_id, "operation_id", options.operation_id);

    auto const id = uuid::v7();
    send(tx, sql::enqueue_job,
         pq::params{id, pq::unless_empty(options.operation_id), common.queue, kind, common.priority,
                    common.max_attempts, common.run_at, common.delay, to.json(payload, shape), common.headers});
    return id;
}

/// The jobs of an enqueue_many as the arrays of its statement.
class job_arrays {
  public:
    job_arrays(wire const& to, std::size_t payload_limit) : to_{to}, payload_limit_{payload_limit} {}

    void add(new_job const& job) {
        check_operation_id(job.operation_id);
        auto const shape = check_payload(job.payload, payload_limit_);
        to_.check_name(errc::bad_operation_id, "operation_id", job.operation_id);
        ids_.push_back(uuid::v7());
        operation_ids_.add(job.operation_id);
        payloads_.add(to_.json(job.payload, shape));
    }

    std::vector<uuid> send(pqxx::transaction_base& tx, common_fields const& common) && {
        txq::send(tx, sql::enqueue_jobs,
                  pq::params{common.kind, common.queue, common.priority, common.max_attempts, common.run_at,
                             common.delay, common.headers, pq::array(ids_), std::move(operation_ids_).str(),
                             std::move(payloads_).str()});
        return std::move(ids_);
    }

  private:
    wire const& to_;
    std::size_t payload_limit_;
    std::vector<uuid> ids_;
    pq::array_literal operation_ids_;
    pq::array_literal payloads_;
};

void add_naming_its_place(job_arrays& arrays, std::span<new_job const> jobs, std::size_t place) try {
    arrays.add(jobs[place]);
} catch (error const& refused) {
    throw error{refused.code(),
                "job " + std::to_string(place + 1) + " of " + std::to_string(jobs.size()) + ": " + refused.what()};
}

std::vector<uuid> enqueue_all(pqxx::transaction_base& tx, std::string_view kind, std::span<new_job const> jobs,
                              enqueue_options const& options) {
    auto const common = check_common(kind, options, trace_scope::current());
    if (!options.operation_id.empty())
        throw error{errc::bad_operation_id, "operation_id is given for all jobs at once; give each job its own"};
    check_together(jobs);
    if (jobs.empty()) return {};
    wire const to{tx};
    check_names(to, common);
    job_arrays arrays{to, options.payload_limit};
    for (std::size_t place = 0; place < jobs.size(); ++place) add_naming_its_place(arrays, jobs, place);
    return std::move(arrays).send(tx, common);
}

} // namespace

uuid enqueue(pqxx::transaction_base& tx, std::string_view kind, std::string_view payload,
             enqueue_options const& options) {
    return naming_kind("enqueue", kind, [&] { return enqueue_one(tx, kind, payload, options); });
}

std::vector<uuid> enqueue_many(pqxx::transaction_base& tx, std::string_view kind, std::span<new_job const> jobs,
                               enqueue_options const& options) {
    return naming_kind("enqueue_many", kind, [&] { return enqueue_all(tx, kind, jobs, options); });
}

} // namespace txq
