#include <iostream>

#include <unistd.h>

#include <txq/cli/command_line.hpp>

int main(int count, char** arguments) {
    return txq::cli::run({arguments + 1, arguments + count},
                         {std::cin, std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1});
}
