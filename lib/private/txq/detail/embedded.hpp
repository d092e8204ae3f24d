#pragma once

#include <txq/embedded_migrations.hpp>
#include <txq/embedded_statements.hpp>
