#include <txq/cli/commands.hpp>

namespace txq::cli {

int run(std::vector<std::string> const& arguments, console const& io) {
    command_line line{io};
    add_migrate(line);
    return line.run(arguments);
}

} // namespace txq::cli
