#include <iostream>

#include <unistd.h>

#include <txq/cli/command_line.hpp>
#include <txq/detail/secrets.hpp>

int main(int count, char** arguments) {
    return txq::cli::run(txq::take_arguments(count, arguments),
                         {std::cin, std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1});
}
