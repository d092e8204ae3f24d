#include <txq/cli/commands.hpp>

namespace txq::cli {

int run(std::vector<std::string> const& arguments, console const& io) {
    command_line line{io};
    for (auto* const add :
         {add_migrate, add_roles, add_producers, add_enqueue, add_status, add_jobs, add_dead, add_queues, add_kinds,
          add_tenants, add_limits, add_outboxes, add_workers, add_schedule, add_bench, add_completion})
        add(line);
    return line.run(arguments);
}

} // namespace txq::cli
