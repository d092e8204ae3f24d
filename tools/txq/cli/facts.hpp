#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

namespace txq::cli {

/// One fact a line, the names in a column of their own; what has no value is left out.
class facts {
  public:
    explicit facts(std::ostream& out, std::size_t width = 14) : out_{out}, width_{width} {}

    void add(std::string name, std::string const& value);

  private:
    std::ostream& out_;
    std::size_t const width_;
};

} // namespace txq::cli
