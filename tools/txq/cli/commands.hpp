#pragma once

#include <txq/cli/command_line.hpp>

// One function per command of the top level, which adds it with its options.

namespace txq::cli {

void add_migrate(command_line& line);
void add_roles(command_line& line);
void add_producers(command_line& line);
void add_enqueue(command_line& line);
void add_status(command_line& line);
void add_jobs(command_line& line);
void add_dead(command_line& line);
void add_queues(command_line& line);
void add_kinds(command_line& line);
void add_tenants(command_line& line);
void add_limits(command_line& line);
void add_outboxes(command_line& line);
void add_workers(command_line& line);
void add_schedule(command_line& line);
void add_bench(command_line& line);
void add_completion(command_line& line);

} // namespace txq::cli
