#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>

namespace txq::test {

/// A directory of the test's own, for its owner alone, removed at the end.
class scratch {
  public:
    scratch() {
        std::string name = std::filesystem::temp_directory_path() / "txq-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), name};
        path_ = name;
    }
    ~scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;

    std::filesystem::path const& path() const noexcept { return path_; }
    std::string file(std::string const& name) const { return path_ / name; }

    /// The file's name with its path.
    std::string write(std::string const& name, std::string const& content) const {
        std::ofstream{path_ / name} << content;
        return file(name);
    }
    /// A file that can be executed.
    std::string script(std::string const& name, std::string const& content) const {
        write(name, "#!/bin/sh\n" + content);
        std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_all);
        return file(name);
    }
    /// Empty if there is no such file.
    std::string read(std::string const& name) const {
        std::ifstream stream{path_ / name};
        return {std::istreambuf_iterator<char>{stream}, {}};
    }

  private:
    std::filesystem::path path_;
};

} // namespace txq::test
