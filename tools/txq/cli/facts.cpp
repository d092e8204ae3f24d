#include <txq/cli/facts.hpp>

#include <ostream>

#include <txq/cli/table.hpp>

namespace txq::cli {

void facts::add(std::string name, std::string const& value) {
    if (value.empty()) return;
    name.resize(width_, ' ');
    out_ << name << one_line(value) << '\n';
}

} // namespace txq::cli
