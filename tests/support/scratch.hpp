#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <txq/detail/temporary_directory.hpp>

namespace txq::test {

/// A directory of the test's own, for its owner alone, removed at the end.
class scratch {
  public:
    std::filesystem::path const& path() const noexcept { return directory_.path(); }
    std::string file(std::string const& name) const { return path() / name; }

    /// The file's name with its path.
    std::string write(std::string const& name, std::string const& content) const {
        std::ofstream{path() / name} << content;
        return file(name);
    }
    /// A file that can be executed.
    std::string script(std::string const& name, std::string const& content) const {
        write(name, "#!/bin/sh\n" + content);
        std::filesystem::permissions(path() / name, std::filesystem::perms::owner_all);
        return file(name);
    }
    /// Empty if there is no such file.
    std::string read(std::string const& name) const {
        std::ifstream stream{path() / name};
        return {std::istreambuf_iterator<char>{stream}, {}};
    }

  private:
    temporary_directory directory_{"txq-test"};
};

} // namespace txq::test
