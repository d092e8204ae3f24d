#pragma once

#include <string>

#include <txq/error.hpp>

namespace txq::program {

/// A line for each thing that went wrong, so that a person can mend them all at once.
class problem_list {
  public:
    template <typename Step>
    void collect(Step step) {
        try {
            step();
        } catch (error const& wrong) { lines_ += (empty() ? "" : "\n") + std::string{wrong.what()}; }
    }
    bool empty() const { return lines_.empty(); }
    void throw_if_any() const {
        if (!empty()) throw error{errc::bad_configuration, lines_};
    }

  private:
    std::string lines_;
};

} // namespace txq::program
