#pragma once

// Catch2 2 (Debian 12) and 3 (Debian 13) differ in their headers' names and in what they call a part of a string.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace Catch::Matchers {
inline auto Contains(std::string const& part) { return ContainsSubstring(part); }
} // namespace Catch::Matchers
#else
#include <catch2/catch.hpp>
#endif
