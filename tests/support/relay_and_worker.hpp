#pragma once

#include <string>

#include <support/process.hpp>
#include <support/scratch.hpp>

namespace txq::test {

/// The two programs at a database. Jobs of the kind "test" add a row to the table effects, where there is one.
struct relay_and_worker {
    explicit relay_and_worker(std::string const& database, std::string const& give_up_after = "0s",
                              std::string const& sql = "insert into effects values (now())")
        : relay{{"txq-relay", "--queue", database, "--give-up-after", give_up_after}},
          worker{{"txq-worker", "--database", database, "--config",
                  files.write("worker.toml", "lease = '1s'\ngive_up_after = '" + give_up_after +
                                                 "'\n[kind.test]\nsql = \"\"\"" + sql + "\"\"\"\n")}} {}

    scratch files;
    process relay;
    process worker;
};

} // namespace txq::test
