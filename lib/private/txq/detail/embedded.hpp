#pragma once

#include <txq/embedded_statements.hpp>
