#pragma once

// For tests of applications that enqueue jobs or run them. Link txq::testing. docs/testing.md has examples.

#include <txq/testing/clock.hpp>
#include <txq/testing/drain.hpp>
#include <txq/testing/inline_worker.hpp>
#include <txq/testing/memory_outbox.hpp>
