#include <support/catch.hpp>

#include <program/exec_handler.hpp>

using namespace txq::program;

namespace {

child_end exited(int status, std::string const& errors = "") {
    child_end end;
    end.status = status << 8;
    end.errors.append(errors);
    return end;
}

child_end killed(int signal) {
    child_end end;
    end.status = signal;
    return end;
}

std::string failure(child_end const& end) {
    try {
        outcome_of(end, "send-mail");
    } catch (command_failed const& failed) { return failed.what(); }
    return "none";
}

txq::error_facts facts(child_end const& end) {
    try {
        outcome_of(end, "send-mail");
    } catch (command_failed const& failed) { return failed.facts(); }
    return {};
}

txq::raw_job some_job() {
    txq::raw_job job;
    job.kind = "send_mail";
    job.queue = "mail";
    job.attempt = 2;
    job.max_attempts = 20;
    job.tenant = "acme";
    job.headers = {{"traceparent", "00-a-b-01"}};
    return job;
}

bool has(std::vector<std::string> const& all, std::string const& one) {
    return std::count(all.begin(), all.end(), one) == 1;
}

} // namespace

TEST_CASE("exit status 0 completes the job") {
    CHECK(outcome_of(exited(0, "a warning\n"), "x").what() == txq::outcome::verb::complete);
}

TEST_CASE("exit status 65 is an error that no other attempt would mend") {
    CHECK_FALSE(facts(exited(65)).recoverable);
    CHECK(facts(exited(75)).recoverable);
    CHECK_THROWS_WITH(outcome_of(exited(65, "no such order\n"), "x"),
                      "x ended with exit status 65 (permanent); its standard error:\nno such order");
}

TEST_CASE("other ends are failed attempts that say which") {
    CHECK(failure(exited(75)) ==
          "send-mail ended with exit status 75 (asks to be retried); nothing on its standard error");
    CHECK(failure(exited(1, "oops\n\n")) == "send-mail ended with exit status 1; its standard error:\noops");
    CHECK_THAT(failure(killed(11)),
               Catch::Matchers::Contains("send-mail was killed by signal 11 (Segmentation fault)"));
}

TEST_CASE("a command that was stopped has not completed whatever its exit status") {
    auto stopped = exited(0);
    stopped.was_stopped = true;
    CHECK_THAT(failure(stopped), Catch::Matchers::Contains("send-mail was stopped and ended with exit status 0"));
    auto permanent = exited(65);
    permanent.was_stopped = true;
    CHECK_THAT(failure(permanent), Catch::Matchers::Contains("was stopped"));
}

TEST_CASE("the type of a command's error is its exit status or its signal") {
    CHECK(facts(exited(75)).type == "exit:75");
    CHECK(facts(exited(75)).source == "command");
    CHECK(facts(exited(75)).details == nlohmann::json{{"command", "send-mail"}, {"exit_status", 75}});
    CHECK(facts(killed(11)).type == "signal:11");
    CHECK(facts(killed(11)).details == nlohmann::json{{"command", "send-mail"}, {"signal", 11}});
    CHECK(facts(killed(11)).recoverable);
}

TEST_CASE("a message fits into what an attempt keeps and has the end of standard error") {
    auto const message = failure(exited(1, std::string(20'000, '.') + "\xFF\xFF the reason"));
    CHECK(message.size() <= 8192);
    CHECK(message.size() > 8000);
    CHECK_THAT(message, Catch::Matchers::Contains("; the end of its standard error:\n"));
    CHECK_THAT(message, Catch::Matchers::Contains("\xEF\xBF\xBD the reason"));
}

TEST_CASE("a command's environment is the worker's and its job's") {
    auto const variables =
        environment_for(some_job(), {"PATH=/bin", "TXQ_JOB_ID=old", "TRACEPARENT=old", "TXQ_KINDLE=x"});
    CHECK(has(variables, "PATH=/bin"));
    CHECK(has(variables, "TXQ_KINDLE=x"));
    CHECK(has(variables, "TXQ_JOB_ID=00000000-0000-0000-0000-000000000000"));
    CHECK(has(variables, "TXQ_OPERATION_ID=00000000-0000-0000-0000-000000000000"));
    CHECK(has(variables, "TXQ_KIND=send_mail"));
    CHECK(has(variables, "TXQ_QUEUE=mail"));
    CHECK(has(variables, "TXQ_TENANT=acme"));
    CHECK(has(variables, "TXQ_ATTEMPT=2"));
    CHECK(has(variables, "TXQ_MAX_ATTEMPTS=20"));
    CHECK(has(variables, "TRACEPARENT=00-a-b-01"));
    CHECK(variables.size() == 10);
}

TEST_CASE("a job without a trace does not get the worker's") {
    auto job = some_job();
    job.headers.clear();
    CHECK(environment_for(job, {"TRACEPARENT=old"}).size() == 7);
}
