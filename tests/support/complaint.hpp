#pragma once

#include <string>

#include <support/catch.hpp>

#include <txq/error.hpp>

namespace txq::test {

/// What is wrong with the configuration that `read` reads; "none" if it can be read.
template <typename Read>
std::string complaint_of(Read read) {
    try {
        read();
    } catch (error const& wrong) {
        CHECK(wrong.code() == errc::bad_configuration);
        return wrong.what();
    }
    return "none";
}

} // namespace txq::test
