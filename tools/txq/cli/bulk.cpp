#include <txq/cli/bulk.hpp>

#include <algorithm>
#include <ostream>

#include <txq/cli/output.hpp>

namespace txq::cli {

namespace {

constexpr std::int64_t batch_size = 500;

std::string of_one(std::string const& words) { return words.starts_with("are ") ? "is " + words.substr(4) : words; }

} // namespace

progress::~progress() { clear(); }

void progress::clear() {
    if (err_ && jobs_ > 0) *err_ << "\r\033[K" << std::flush;
}

void progress::add(std::int64_t number) {
    jobs_ += number;
    if (err_) *err_ << "\r\033[K" << cli::jobs(jobs_) << " so far" << std::flush;
}

batch_action action_of(session& database, progress& so_far, bool dry_run, statement const& what,
                       std::function<pq::params(std::string const& ids)> const& params) {
    return [&database, &so_far, dry_run, &what, params](std::string const& ids, std::int64_t number) {
        if (!dry_run) number = static_cast<std::int64_t>(database.run(what, params(ids)).size());
        so_far.add(number);
        return number;
    };
}

void tell_number(command_line const& line, char const* json_name, bool dry_run, char const* done, char const* would,
                 std::int64_t number) {
    if (line.common().json)
        write_json(line.io().out, {{json_name, number}, {"dry_run", dry_run}});
    else
        line.io().out << jobs(number) << ' ' << (dry_run ? would : number == 1 ? of_one(done) : done) << '\n';
}

void tell_number_after(command_line const& line, progress& so_far, char const* json_name, bool dry_run,
                       char const* done, char const* would, std::function<void()> const& work) {
    auto const tell = [&] {
        so_far.clear();
        tell_number(line, json_name, dry_run, done, would, so_far.jobs());
    };
    try {
        work();
    } catch (std::exception const&) {
        if (so_far.jobs() > 0) tell();
        throw;
    }
    tell();
}

std::int64_t for_jobs(session& database, job_filter filter, std::int64_t limit, batch_action const& batch) {
    std::int64_t done = 0;
    filter.after.clear();
    do {
        filter.limit = static_cast<int>(std::min(batch_size, limit));
        auto const page = list_jobs(database, filter);
        auto const number = static_cast<std::int64_t>(page.rows.size());
        if (number > 0)
            done += batch(pq::array(page.rows, [](pqxx::row const& job) { return text(job, "id"); }), number);
        limit -= number;
        filter.after = page.next;
    } while (limit > 0 && !filter.after.empty());
    return done;
}

} // namespace txq::cli
