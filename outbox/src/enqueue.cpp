#include <txq/enqueue.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>
#include <txq/detail/schema_missing.hpp>
#include <txq/trace.hpp>

#include "unique_rule.hpp"
#include "validate.hpp"
#include "wire.hpp"

namespace txq {

namespace {

void check_names(wire const& to, common_fields const& common) {
    to.check_name(errc::bad_kind, "kind", common.kind);
    to.check_name(errc::bad_queue, "queue", common.queue);
}

constexpr char no_outbox[] = "has no outbox schema of txq, or an older one; run: txq migrate --side outbox";

/// What a rule about producers refuses says so itself.
void explain_missing_privilege(pq::connection_of_transaction& connection, pqxx::sql_error const& failed) {
    if (pq::complaint(failed).starts_with("txq: ")) return;
    pq::explain_missing_privilege(connection, failed,
                                  "let the owner of the schema txq give it the rights of a producer: txq roles --side "
                                  "outbox --only producer prints how (docs/operating.md, Roles)");
}

[[noreturn]] void say_unprepared() {
    throw error{errc::bad_configuration, "this connection has not prepared it: call txq::prepare_enqueue once for each "
                                         "connection, and not behind a pooler of transactions"};
}

/// What it is called among the application's own.
std::string prepared_name(statement const& what) { return std::string{"txq_"} + what.name; }

void execute(outbox_ref to, statement const& what, pq::params const& with) {
    if (!to.is_prepared()) {
        pq::exec(*to.transaction(), what, with);
        return;
    }
    try {
        pq::exec_prepared(*to.transaction(), {prepared_name(what).c_str(), what.text}, with);
    } catch (pqxx::argument_error const&) { say_unprepared(); } // libpqxx 6 knows by itself
}

void send(outbox_ref to, statement const& what, pq::params const& with) {
    try {
        execute(to, what, with);
    } catch (pqxx::sql_error const& failed) {
        auto const state = pq::sqlstate(failed);
        if (auto const why = pq::complaint(failed); state == "53400" && why.starts_with("txq.enqueue: "))
            throw error{errc::queue_full, why.substr(std::string_view{"txq.enqueue: "}.size()) +
                                              "; try again when workers have caught up"};
        if (state == "26000") say_unprepared();
        pq::explain_missing_schema(to.transaction()->conn(), failed, no_outbox);
        explain_missing_privilege(to.transaction()->conn(), failed);
        throw;
    }
}

uuid enqueue_one(outbox_ref into, std::string_view kind, std::string_view payload, enqueue_options const& options) {
    auto const common = check_common(kind, options, trace_scope::current());
    check_operation_id(options.operation_id);
    auto const shape = check_payload(payload, options.payload_limit);
    check_unique_fields(options.unique, payload);
    wire const to{*into.transaction()};
    check_names(to, common);
    to.check_name(errc::bad_operation_id, "operation_id", options.operation_id);

    auto const id = uuid::v7();
    pq::params with{id,
                    common.queue,
                    kind,
                    common.priority,
                    common.max_attempts,
                    common.run_at,
                    to.json(payload, shape),
                    common.headers,
                    common.rules};
    auto const plain = options.operation_id.empty() && !common.delay;
    if (!plain) with.add(pq::unless_empty(options.operation_id)).add(common.delay);
    send(into, plain ? sql::enqueue_job : sql::enqueue_named_job, with);
    return id;
}

/// The jobs of an enqueue_many as the arrays of its statement.
class job_arrays {
  public:
    job_arrays(wire const& to, enqueue_options const& options, std::size_t count)
        : to_{to},
          options_{options},
          ids_{uuid::v7(count)} {}

    void add(new_job const& job) {
        check_operation_id(job.operation_id);
        auto const shape = check_payload(job.payload, options_.payload_limit);
        check_unique_fields(options_.unique, job.payload);
        to_.check_name(errc::bad_operation_id, "operation_id", job.operation_id);
        operation_ids_.add(job.operation_id);
        payloads_.add(to_.json(job.payload, shape));
    }

    std::vector<uuid> send(outbox_ref into, common_fields const& common) && {
        txq::send(into, sql::enqueue_jobs,
                  pq::params{common.kind, common.queue, common.priority, common.max_attempts, common.run_at,
                             common.delay, common.headers, common.rules, pq::array(ids_),
                             std::move(operation_ids_).str(), std::move(payloads_).str()});
        return std::move(ids_);
    }

  private:
    wire const& to_;
    enqueue_options const& options_;
    std::vector<uuid> ids_;
    pq::array_literal operation_ids_;
    pq::array_literal payloads_;
};

/// Runs a step for one of many jobs and adds to its complaint which one that is.
template <typename Step>
auto naming_place(std::span<new_job const> jobs, std::size_t place, Step step) try {
    return step();
} catch (error const& refused) {
    throw error{refused.code(),
                "job " + std::to_string(place + 1) + " of " + std::to_string(jobs.size()) + ": " + refused.what()};
}

common_fields check_many(std::string_view kind, std::span<new_job const> jobs, enqueue_options const& options) {
    auto common = check_common(kind, options, trace_scope::current());
    if (!options.operation_id.empty())
        throw error{errc::bad_operation_id, "operation_id is given for all jobs at once; give each job its own"};
    check_together(jobs);
    return common;
}

std::vector<uuid> enqueue_all(outbox_ref into, std::string_view kind, std::span<new_job const> jobs,
                              enqueue_options const& options) {
    auto const common = check_many(kind, jobs, options);
    if (jobs.empty()) return {};
    wire const to{*into.transaction()};
    check_names(to, common);
    job_arrays arrays{to, options, jobs.size()};
    for (std::size_t place = 0; place < jobs.size(); ++place)
        naming_place(jobs, place, [&] { arrays.add(jobs[place]); });
    return std::move(arrays).send(into, common);
}

outbox_stand_in::job accepted(std::string_view kind, std::string_view payload, enqueue_options options) {
    check_operation_id(options.operation_id);
    check_payload(payload, options.payload_limit);
    check_unique_fields(options.unique, payload);
    if (auto const trace = trace_scope::current(); !trace.empty()) options.headers.try_emplace("traceparent", trace);
    return {uuid::v7(), std::string{kind}, std::string{payload}, std::move(options)};
}

/// Refused is what a transaction would have refused, but for what only a connection knows.
uuid hand_over(outbox_stand_in& to, std::string_view kind, std::string_view payload, enqueue_options const& options) {
    check_common(kind, options, trace_scope::current());
    auto job = accepted(kind, payload, options);
    auto const id = job.id;
    to.take({std::move(job)});
    return id;
}

std::vector<uuid> hand_over_all(outbox_stand_in& to, std::string_view kind, std::span<new_job const> jobs,
                                enqueue_options const& options) {
    check_many(kind, jobs, options);
    std::vector<outbox_stand_in::job> all;
    std::vector<uuid> ids;
    for (std::size_t place = 0; place < jobs.size(); ++place) {
        auto of_job = options;
        of_job.operation_id = jobs[place].operation_id;
        all.push_back(naming_place(jobs, place, [&] { return accepted(kind, jobs[place].payload, of_job); }));
        ids.push_back(all.back().id);
    }
    if (!all.empty()) to.take(std::move(all));
    return ids;
}

} // namespace

void prepare_enqueue(pqxx::connection& connection) {
    try {
        for (auto const* what : {&sql::enqueue_job, &sql::enqueue_named_job, &sql::enqueue_jobs})
            connection.prepare(prepared_name(*what), what->text);
    } catch (pqxx::sql_error const& failed) {
        pq::explain_missing_schema(connection, failed, no_outbox);
        explain_missing_privilege(connection, failed);
        throw;
    }
}

uuid enqueue(outbox_ref to, std::string_view kind, std::string_view payload, enqueue_options const& options) {
    return naming_kind("enqueue", kind, [&] {
        if (auto* const instead = to.stand_in()) return hand_over(*instead, kind, payload, options);
        return enqueue_one(to, kind, payload, options);
    });
}

std::vector<uuid> enqueue_many(outbox_ref to, std::string_view kind, std::span<new_job const> jobs,
                               enqueue_options const& options) {
    return naming_kind("enqueue_many", kind, [&] {
        if (auto* const instead = to.stand_in()) return hand_over_all(*instead, kind, jobs, options);
        return enqueue_all(to, kind, jobs, options);
    });
}

} // namespace txq
