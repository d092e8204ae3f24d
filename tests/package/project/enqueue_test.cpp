#include <txq/testing.hpp>

int main() {
    txq::testing::clock time;
    txq::testing::memory_outbox outbox{time};
    txq::enqueue(outbox, "send_receipt", R"({"order": 42})", {.queue = "mail"});
    return outbox.only().options.queue == "mail" ? 0 : 1;
}
