// shop-worker: writes a receipt per order, and sends a mail per receipt.

#include <csignal>
#include <exception>
#include <iostream>
#include <thread>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <txq/enqueue.hpp>
#include <txq/worker.hpp>

#include "mail_sink.hpp"

namespace {

/// The receipt, the mail's job and the completion of this one are one commit.
void write_receipt(txq::job<shop::write_receipt> const& job, txq::context& ctx, pqxx::work& tx) {
    auto const started = shop::now_us();
    tx.exec("insert into receipts values (" + std::to_string(job.args.order) + ", " + tx.quote(job.operation_id.str()) +
            ", " + tx.quote(ctx.worker_name()) + ", " + std::to_string(job.attempt) + ", " + std::to_string(started) +
            ")");
    txq::enqueue(tx, shop::send_mail{job.args.order}, {.queue = "mail"});
}

txq::registry make_handlers(shop::mail_sink& sink) {
    txq::registry handlers;
    handlers.add<shop::write_receipt>(&write_receipt);
    handlers.add<shop::send_mail>([&sink](txq::job<shop::send_mail> const& job, txq::context&) {
        sink.deliver({job.operation_id.str(), job.args.order});
    });
    return handlers;
}

/// SIGTERM and SIGINT are taken by a thread that waits for them, so they are blocked in all the others.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

void run(txq::worker_options options, std::string const& mails) {
    auto const signals = block_signals();
    shop::mail_sink sink{mails};
    txq::worker worker{make_handlers(sink), std::move(options)};
    std::jthread const stopper{[&] {
        int signal = 0;
        sigwait(&signals, &signal);
        worker.stop();
    }};
    try {
        worker.run();
    } catch (...) {
        kill(getpid(), SIGTERM); // or the thread above would wait for ever
        throw;
    }
}

} // namespace

int main(int argc, char** argv) {
    txq::worker_options options;
    txq::worker_group receipts{.queues = {"receipts"}};
    txq::worker_group mail{.queues = {"mail"}, .threads = 2};
    std::string mails;
    CLI::App app{"Writes a receipt per order and sends a mail per receipt, until SIGTERM."};
    app.add_option("--database", options.database, "a libpq URI")->required();
    app.add_option("--mails", mails, "the mail sink's file")->required();
    app.add_option("--threads", receipts.threads, "receipts at the same time")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    options.groups = {receipts, mail};
    try {
        run(std::move(options), mails);
        return 0;
    } catch (std::exception const& failed) {
        std::cerr << "shop-worker: " << failed.what() << '\n';
        return 1;
    }
}
