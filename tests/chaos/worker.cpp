// txq-chaos-worker: a worker whose handlers write down what they do.

#include <atomic>
#include <csignal>
#include <exception>
#include <iostream>
#include <thread>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <txq/enqueue.hpp>
#include <txq/scheduler.hpp>
#include <txq/worker.hpp>

#include "history.hpp"
#include "kinds.hpp"

using namespace std::chrono_literals;

namespace txq::chaos {

namespace {

using std::chrono::milliseconds;

std::int64_t micros_of(std::chrono::system_clock::time_point when) {
    return std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
}

/// Writes down when a run of a handler begins, and how it ends.
class run {
  public:
    run(history& where, raw_job const& job) : where_{where}, job_{job} {
        where_.write({{"e", "begin"},
                      {"j", job.id.str()},
                      {"o", job.operation_id.str()},
                      {"k", job.kind},
                      {"q", job.queue},
                      {"f", job.fence},
                      {"a", job.attempt},
                      {"c", micros_of(job.claimed_at)}});
    }
    ~run() { where_.write({{"e", "end"}, {"j", job_.id.str()}, {"f", job_.fence}, {"r", result_}}); }
    run(run const&) = delete;
    run& operator=(run const&) = delete;

    /// The effect of a handler without a transaction.
    void effect() {
        where_.write({{"e", "effect"}, {"j", job_.id.str()}, {"o", job_.operation_id.str()}, {"f", job_.fence}});
    }

    outcome completed() { return done("completed", outcome::complete()); }
    outcome done(char const* result, outcome how) {
        result_ = result;
        return how;
    }

  private:
    history& where_;
    raw_job const& job_;
    char const* result_ = "threw";
};

int number_of(raw_job const& job) { return nlohmann::json::parse(job.payload).value("n", 0); }

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    std::abort();
}

/// False if it was asked to stop.
bool sleep_unless_stopped(context& ctx, milliseconds length) {
    auto const until = std::chrono::steady_clock::now() + length;
    while (std::chrono::steady_clock::now() < until) {
        if (ctx.stop().stop_requested()) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

void write_effect(pqxx::work& tx, raw_job const& job, context& ctx) {
    tx.exec("insert into chaos.effects (job, operation, fence, worker) values ('" + job.id.str() + "', '" +
            job.operation_id.str() + "', " + std::to_string(job.fence) + ", '" + ctx.worker_name() + "')");
}

/// A job that a handler enqueues is in the ledger like any other.
void enqueue_next(pqxx::work& tx) {
    auto const next = "'" + txq::enqueue(tx, "plain", R"({"n": 0})", {.max_attempts = many_attempts}).str() + "'";
    tx.exec("insert into chaos.ledger (job, operation, kind) values (" + next + ", " + next + ", 'plain')");
}

handler_options const quickly{.retry = fixed_backoff{50ms, 0.5}};

void add_plain(registry& handlers, history& where, milliseconds lease) {
    for (auto const* kind : {"plain", "metered"})
        handlers.add(
            kind,
            [&](raw_job const& job, context&) {
                run one{where, job};
                one.effect();
                return one.completed();
            },
            quickly);
    handlers.add(
        "bursting",
        [&](raw_job const& job, context&) {
            run one{where, job};
            // long enough to meet those of another worker, and short enough to be claimed by locks
            std::this_thread::sleep_for(100us);
            one.effect();
            return one.completed();
        },
        quickly);
    handlers.add(
        "failing",
        [&](raw_job const& job, context&) {
            run one{where, job};
            if (job.attempt <= 1 + number_of(job) % 2) throw std::runtime_error{"not yet"};
            one.effect();
            return one.completed();
        },
        quickly);
    handlers.add(
        "slow",
        [&, lease](raw_job const& job, context& ctx) {
            run one{where, job};
            if (!sleep_unless_stopped(ctx, lease * (number_of(job) % 20) / 10)) throw std::runtime_error{"was stopped"};
            one.effect();
            return one.completed();
        },
        quickly);
    handlers.add(
        "capped",
        [&](raw_job const& job, context& ctx) {
            run one{where, job};
            if (!sleep_unless_stopped(ctx, milliseconds{number_of(job) % 200})) throw std::runtime_error{"was stopped"};
            one.effect();
            return one.completed();
        },
        quickly);
    handlers.add(
        "snoozing",
        [&](raw_job const& job, context&) {
            run one{where, job};
            if (job.fence < 3) return one.done("snoozed", outcome::snooze(100ms));
            one.effect();
            return one.completed();
        },
        quickly);
}

void add_ending_badly(registry& handlers, history& where) {
    handlers.add(
        "crashing",
        [&](raw_job const& job, context&) {
            run one{where, job};
            if (job.crashes == 0) die();
            one.effect();
            return one.completed();
        },
        quickly);
    handlers.add(
        "killer",
        [&](raw_job const& job, context&) {
            run const one{where, job};
            die();
        },
        quickly);
    handlers.add(
        "doomed",
        [&](raw_job const& job, context&) {
            run const one{where, job};
            throw std::runtime_error{"never"};
        },
        quickly);
    handlers.add(
        "hopeless",
        [&](raw_job const& job, context&) {
            run const one{where, job};
            throw permanent_error{"no attempt would do better"};
        },
        quickly);
    handlers.add(
        "pointless",
        [&](raw_job const& job, context&) {
            return run{where, job}.done("discarded", outcome::discard("nothing to be done"));
        },
        quickly);
}

void add_in_transaction(registry& handlers, history& where) {
    handlers.add(
        "ordered",
        [&](raw_job const& job, context& ctx, pqxx::work& tx) {
            run one{where, job};
            if (job.attempt == 1 && number_of(job) % 5 == 0) throw std::runtime_error{"those behind it have to wait"};
            write_effect(tx, job, ctx);
            return one.completed();
        },
        quickly);
    for (auto const* kind : {"money", "single", tick})
        handlers.add(
            kind,
            [&](raw_job const& job, context& ctx, pqxx::work& tx) {
                run one{where, job};
                write_effect(tx, job, ctx);
                return one.completed();
            },
            quickly);
    handlers.add(
        "chain",
        [&](raw_job const& job, context& ctx, pqxx::work& tx) {
            run one{where, job};
            write_effect(tx, job, ctx);
            enqueue_next(tx);
            return one.completed();
        },
        quickly);
    handlers.add(
        "waiting",
        [&](raw_job const& job, context& ctx, pqxx::work& tx) {
            run one{where, job};
            write_effect(tx, job, ctx);
            if (!sleep_unless_stopped(ctx, milliseconds{number_of(job) % 300})) throw std::runtime_error{"was stopped"};
            return one.completed();
        },
        quickly);
}

/// Writes down when this process did not get to run: it was stopped, or the machine had no time for it.
void watch_for_gaps(std::stop_token const& stop, history& where, milliseconds longest) {
    for (auto last = now_us(); !stop.stop_requested();) {
        std::this_thread::sleep_for(10ms);
        auto const now = now_us();
        if (now - last > longest.count() * 1000) where.write({{"e", "gap"}, {"from", last}, {"to", now}});
        last = now;
    }
}

/// SIGTERM is taken by a thread that waits for it, so it is blocked in all the others.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

void serve(worker_options options, std::string const& file) {
    auto const signals = block_signals();
    history where{file};
    registry handlers;
    add_plain(handlers, where, options.lease);
    add_ending_badly(handlers, where);
    add_in_transaction(handlers, where);
    std::jthread const gaps{[&](std::stop_token const& stop) { watch_for_gaps(stop, where, options.lease / 10); }};
    scheduler const schedules{{.database = options.database}};
    worker one{std::move(handlers), std::move(options)};
    std::thread{[&] {
        int signal = 0;
        sigwait(&signals, &signal);
        one.stop();
    }}.detach();
    one.run();
    where.write({{"e", "left"}});
    if (one.abandoned_handlers()) std::_Exit(0);
}

} // namespace

} // namespace txq::chaos

int main(int argc, char** argv) {
    txq::worker_options options;
    options.groups.clear();
    options.grace = 2s;
    options.crash_limit = txq::chaos::crash_limit;
    std::string file;
    std::string own_queue;
    long lease = 2000;
    CLI::App app{"A worker for txq-chaos, until SIGTERM."};
    app.add_option("--database", options.database, "a libpq URI")->required();
    app.add_option("--history", file, "the file to append to")->required();
    app.add_option("--own-queue", own_queue,
                   "what the queues' names begin with that no other worker serves, one for "
                   "each of its groups")
        ->required();
    app.add_option("--lease", lease, "in milliseconds");
    CLI11_PARSE(app, argc, argv);
    options.lease = std::chrono::milliseconds{lease};
    // bursts by themselves, since a batch with a job that needs a lease is leased as a whole
    for (std::string const group : txq::chaos::groups)
        options.groups.push_back(
            {.queues = {txq::chaos::own_queue_of(own_queue, group), group}, .threads = 4, .poll_interval = 200ms});
    options.groups.front().queues.emplace_back("narrow");
    try {
        txq::chaos::serve(std::move(options), file);
        return 0;
    } catch (std::exception const& failed) {
        std::cerr << "txq-chaos-worker: " << failed.what() << '\n';
        return 1;
    }
}
