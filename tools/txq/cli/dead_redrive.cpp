#include <txq/cli/dead_redrive.hpp>

#include <optional>
#include <ostream>

#include <txq/cli/dead_summary.hpp>
#include <txq/cli/given_time.hpp>
#include <txq/cli/interruption.hpp>
#include <txq/cli/jobs.hpp>
#include <txq/cli/jobs_change.hpp>
#include <txq/cli/output.hpp>
#include <txq/cli/pace.hpp>
#include <txq/cli/pausing.hpp>
#include <txq/detail/schema.hpp>
#include <txq/error.hpp>

namespace txq::cli {

namespace {

[[noreturn]] void reject(std::string const& why) { throw error{errc::bad_configuration, why}; }

bool has_filter(dead_filter const& filter) { return filter.traits.any() || filter.limit != no_limit; }

void check(redrive_arguments const& given) {
    auto const many = has_filter(given.filter) || given.all;
    if (!given.rate.empty()) parse_rate(given.rate);
    if (given.ids.empty() && !many)
        reject("which dead jobs? Give ids, --queue, --kind, --tenant, --error-type or --limit, or --all");
    if (!given.ids.empty() && (many || given.dry_run || !given.rate.empty() || !given.died_before.empty()))
        reject("give either ids or --queue, --kind, --tenant, --error-type, --limit, --all, --died-before, --rate and "
               "--dry-run");
}

/// As the database writes it, which knows all the ways in which people write times.
std::string point_in_time(session& database, std::string const& given) {
    if (given.empty()) return time_ago(database, std::chrono::milliseconds{0});
    if (auto const row = read_time(database, given)) return text(*row, "at");
    reject("--died-before: '" + given + "' is not a point in time, such as '2026-01-31 09:05'");
}

/// The command that goes on where this one has stopped: what it has made ready is not dead any more, and what has died
/// again since is left alone.
std::string command_for_the_rest(command_line const& line, redrive_arguments const& given, std::int64_t done) {
    auto command = "txq dead redrive" + given.filter.traits.options();
    if (given.filter.limit != no_limit) command += " --limit " + std::to_string(given.filter.limit - done);
    if (!has_filter(given.filter)) command += " --all";
    return command + shell_option("--to-queue", given.to_queue) + shell_option("--rate", given.rate) +
           shell_option("--died-before", given.filter.before) + line.database_option();
}

pq::params to_queue(std::string const& ids, std::string const& queue) {
    return pq::params{ids, "{dead}", pq::unless_empty(queue)};
}

/// Redrives many, at a pace.
class redriving {
  public:
    redriving(command_line const& line, session& database, redrive_arguments given)
        : line_{line},
          database_{database},
          given_{std::move(given)} {}

    int preview();
    int run();

  private:
    struct interrupted {};

    int show_what_would_be();
    void go_through();
    std::int64_t step(std::string const& ids, std::int64_t number, progress& so_far);
    void tell(bool to_the_end) const;

    command_line const& line_;
    session& database_;
    redrive_arguments given_;
    interruption signals_{};
    pace pace_{};
    std::int64_t looked_at_ = 0; ///< those included that somebody else has redriven
    std::int64_t done_ = 0;
};

int redriving::preview() try { return show_what_would_be(); } catch (interrupted const&) {
    line_.io().err << "txq: interrupted; nothing has been changed\n";
    return exit_code::failed;
}

int redriving::show_what_would_be() {
    dead_summary summary;
    progress so_far{line_.io()};
    auto const jobs = for_dead_jobs(database_, given_.filter, [&](std::string const& ids, std::int64_t number) {
        if (signals_.asked()) throw interrupted{};
        summary.add(database_, ids);
        so_far.add(number);
        return number;
    });
    if (line_.common().json) {
        write_json(line_.io().out, {{"redriven", jobs}, {"dry_run", true}, {"groups", summary.json()}});
        return exit_code::ok;
    }
    so_far.clear();
    line_.io().out << summary;
    tell_number(line_, "redriven", true, "", "would be redriven", jobs);
    return exit_code::ok;
}

int redriving::run() {
    if (!given_.rate.empty()) pace_ = pace{parse_rate(given_.rate), pace::clock::now()};
    given_.filter.batch = pace_.batch(given_.filter.batch);
    try {
        go_through();
    } catch (interrupted const&) {
        tell(false);
        return exit_code::failed;
    } catch (std::exception const&) {
        if (done_ > 0) tell(false);
        throw;
    }
    tell(true);
    return exit_code::ok;
}

void redriving::go_through() {
    progress so_far{line_.io()};
    for_dead_jobs(database_, given_.filter,
                  [&](std::string const& ids, std::int64_t number) { return step(ids, number, so_far); });
}

std::int64_t redriving::step(std::string const& ids, std::int64_t number, progress& so_far) {
    auto const redriven =
        static_cast<std::int64_t>(database_.run(sql::retry_jobs, to_queue(ids, given_.to_queue)).size());
    looked_at_ += number;
    done_ += redriven;
    so_far.add(redriven);
    if (looked_at_ == given_.filter.limit) return redriven;
    signals_.wait(pace_.wait(looked_at_, pace::clock::now()));
    if (signals_.asked()) throw interrupted{};
    return redriven;
}

void redriving::tell(bool to_the_end) const {
    auto const rest = to_the_end ? std::string{} : command_for_the_rest(line_, given_, looked_at_);
    if (line_.common().json) {
        nlohmann::json document{{"redriven", done_}, {"dry_run", false}};
        if (!to_the_end) document["to_go_on"] = rest;
        write_json(line_.io().out, document);
        return;
    }
    tell_number(line_, "redriven", false, "are ready again", "", done_);
    if (!to_the_end) line_.io().err << "txq: that was not all of them; to go on: " << one_line(rest) << '\n';
}

} // namespace

int redrive(command_line const& line, redrive_arguments given) {
    check(given);
    if (!given.ids.empty()) {
        auto change = redrive_change;
        change.params = [queue = given.to_queue](std::string const& ids, std::string const&) {
            return to_queue(ids, queue);
        };
        return change_jobs(line, given.ids, change);
    }
    auto database = line.connect();
    check_schema(database, side::queue);
    given.filter.before = point_in_time(database, given.died_before);
    auto const preview = given.dry_run;
    redriving work{line, database, std::move(given)};
    return preview ? work.preview() : work.run();
}

} // namespace txq::cli
