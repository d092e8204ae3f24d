#include <txq/enqueue.hpp>
