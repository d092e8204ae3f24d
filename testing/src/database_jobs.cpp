#include "jobs.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include <txq/detail/embedded.hpp>
#include <txq/detail/pq.hpp>

#include "attempting.hpp"

namespace txq::testing {

namespace {

std::map<std::string, std::string> headers_of(pqxx::field const& field) {
    if (field.is_null()) return {};
    return nlohmann::json::parse(field.c_str()).get<std::map<std::string, std::string>>();
}

std::string traceparent_of(raw_job const& job) {
    auto const found = job.headers.find("traceparent");
    return found == job.headers.end() ? "" : found->second;
}

class database_jobs : public job_source {
  public:
    database_jobs(pqxx::work& tx, clock const& time) : tx_{tx}, time_{time} {}

    std::vector<known_job> fetch() override {
        std::vector<known_job> jobs;
        for (auto const& row : pq::exec(tx_, sql::own_outbox_jobs, pq::params{after_})) {
            jobs.push_back(known(row));
            after_ = row["seq"].as<std::int64_t>();
        }
        for (auto const& row : pq::exec(tx_, sql::own_schedule_jobs, pq::params{pq::array(runs_, &uuid::str)})) {
            jobs.push_back(known(row));
            runs_.push_back(jobs.back().job.id);
        }
        return jobs;
    }

    /// A savepoint by hand, because handlers want the transaction and no subtransaction of it.
    run_end run(raw_job const& job, registration const& how) override {
        tx_.exec(sql::set_savepoint.text);
        auto const recorded =
            pq::exec(tx_, sql::record_operation,
                     pq::params{job.operation_id, job.id, job.queue, job.kind, job.attempt, traceparent_of(job)});
        if (recorded.empty()) {
            tx_.exec(sql::release_savepoint.text);
            return {ending::completed(), true};
        }
        auto end = attempt(job, how, [&](context& ctx) {
            return how.plain ? how.plain(job, ctx) : how.in_transaction(job, ctx, tx_);
        });
        if (end.state != ending::state::completed) undo(job, end);
        tx_.exec(sql::release_savepoint.text);
        return {std::move(end)};
    }

  private:
    void undo(raw_job const& job, ending const& end) {
        try {
            tx_.exec(sql::undo_to_savepoint.text);
        } catch (std::exception const&) {
            throw std::runtime_error{
                "a statement failed in attempt " + std::to_string(job.attempt) + " of a job of kind " + job.kind +
                ", and libpqxx has ended the whole transaction (7 does not): " + (end.error ? end.error->message : "")};
        }
    }

    known_job known(pqxx::row const& row) const {
        known_job result{.job = {}, .due = time_.now()};
        auto& job = result.job;
        if (!row["delay_us"].is_null()) result.due += std::chrono::microseconds{row["delay_us"].as<std::int64_t>()};
        job.id = uuid::parse(row["id"].c_str()).value_or(uuid{});
        job.operation_id = uuid::parse(row["operation_id"].c_str()).value_or(uuid{});
        job.queue = row["queue"].c_str();
        job.kind = row["kind"].c_str();
        job.priority = row["priority"].as<int>();
        job.max_attempts = row["max_attempts"].as<int>();
        job.enqueued_at = time_.now();
        job.run_at = result.due;
        job.payload = row["payload"].c_str();
        job.headers = headers_of(row["headers"]);
        job.tenant = row["tenant"].c_str();
        job.order_key = row["order_key"].c_str();
        result.order_holds = row["order_holds"].as<bool>();
        return result;
    }

    pqxx::work& tx_;
    clock const& time_;
    std::int64_t after_ = 0;
    std::vector<uuid> runs_; ///< jobs of schedules that have been fetched
};

} // namespace

std::unique_ptr<job_source> jobs_in_database(pqxx::work& tx, clock const& time) {
    return std::make_unique<database_jobs>(tx, time);
}

} // namespace txq::testing
