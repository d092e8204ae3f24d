#include "relay_stories.hpp"

#include "relay_steps.hpp"
#include "worker_steps.hpp"

namespace txq::interleavings {

namespace {

/// More rows than there are.
constexpr int all_rows = 100;

std::vector<script> late_commits(world& in) {
    in.use_outbox();
    in.enqueue_now(1);
    auto const a = relay_of(in, "a:1", all_rows);
    auto const b = relay_of(in, "b:1", all_rows);
    return {{enqueue(2), commit_enqueued(in, {2})},
            {find_position(a), read(a), write(a), write_rest(a), read(a), write(a)},
            {find_position(b), read(b), write(b), write_rest(b)},
            under_lease(worker(in, 3))};
}

std::vector<script> parts(world& in) {
    in.use_outbox();
    auto const a = relay_of(in, "a:1", 1);
    auto const b = relay_of(in, "b:1", 1);
    return {{enqueue(1), enqueue_another(2), commit_enqueued(in, {1, 2})},
            {enqueue(3), commit_enqueued(in, {3})},
            {find_position(a), read(a), write(a), read(a), write(a)},
            {find_position(b), read(b), write(b)}};
}

std::vector<script> ring(world& in) {
    in.use_outbox();
    in.begin_ring();
    in.enqueue_now(1);
    auto const a = relay_of(in, "a:1", all_rows);
    auto const b = relay_of(in, "b:1", all_rows);
    return {{enqueue(2), commit_enqueued(in, {2})},
            {find_position(a), read(a), write(a), turn(a), confirm(a), truncate(a)},
            {find_position(b), read(b), write(b)},
            {enqueue(3), commit_enqueued(in, {3})}};
}

/// One job has been processed, one is in the queue, one is new; and the outbox has gone back in time.
std::vector<script> reading_anew(world& in) {
    in.use_outbox();
    in.enqueue_now(1);
    in.relay_all();
    in.run_one();
    in.enqueue_now(2);
    in.relay_all();
    in.forget_position();
    in.enqueue_now(3);
    auto const a = relay_of(in, "a:1", 1);
    auto const b = relay_of(in, "b:1", 1);
    return {{find_position(a), look(a), adopt(a), read(a), write(a), read(a), write(a)},
            {find_position(b), look(b), adopt(b), read(b), write(b), read(b), write(b)},
            under_lease(worker(in, 2))};
}

/// Also where one of them begins a batch later.
std::vector<script> within(world& in) {
    in.use_outbox();
    in.enqueue_now(1);
    auto const a = relay_of(in, "a:1", 1);
    auto const b = relay_of(in, "b:1", all_rows);
    return {{enqueue(2), commit_enqueued(in, {2})},
            {find_position(a), move(a), record(a), end_move(a), move(a), record(a), end_move(a)},
            {find_position(b), move(b), record(b), end_move(b)},
            under_lease(worker(in, 3))};
}

/// One that moves, and one that reads and writes as it would after it has been refused.
std::vector<script> within_and_written(world& in) {
    in.use_outbox();
    in.enqueue_now(1);
    auto const a = relay_of(in, "a:1", all_rows);
    auto const b = relay_of(in, "b:1", all_rows);
    return {{enqueue(2), commit_enqueued(in, {2})},
            {find_position(a), move(a), record(a), end_move(a)},
            {find_position(b), read(b), write(b), write_rest(b)}};
}

std::vector<script> deciding(world& in) {
    in.use_outbox();
    in.enqueue_unique_now(1);
    auto const a = relay_of(in, "a:1", all_rows);
    auto const b = relay_of(in, "b:1", all_rows);
    return {{enqueue_unique(2), commit_enqueued(in, {2})},
            {find_position(a), read(a), settle(a), write(a), end_write(a)},
            {find_position(b), read(b), settle(b), write(b), end_write(b)},
            under_lease(worker(in, 3))};
}

} // namespace

std::vector<story> relay_stories() {
    return {{"two relays and a transaction that commits late", late_commits},
            {"two relays that take transactions in parts", parts},
            {"two relays and a ring that is emptied", ring},
            {"two relays and an outbox that is read anew", reading_anew},
            {"two relays that decide which jobs are one", deciding},
            {"two relays that move within a database", within},
            {"a relay that moves and one that reads and writes", within_and_written}};
}

} // namespace txq::interleavings
