#pragma once

#include <string>

#include <support/database.hpp>
#include <support/relay.hpp>

namespace txq::test {

/// An outbox and the queue of another database.
struct two_databases {
    database shop{database::schema::outbox};
    database queue{database::schema::queue};

    int move() { return relay_by_hand{shop, queue}.move_all(); }
    /// Kinds in the queue, with how many jobs each.
    std::string jobs() {
        return queue.value("select coalesce(string_agg(kind || ':' || jobs, ' ' order by kind), 'none') "
                           "from (select kind, count(*) as jobs from txq.jobs group by kind) as kinds");
    }
    /// As txq outboxes resume does it.
    void resume() { queue.query("update txq.stopped_outboxes set resumed_at = now()"); }
    /// As a worker does it.
    void complete(std::string const& kind) {
        queue.query("with done as (delete from txq.jobs where kind = '" + kind +
                    "' returning *) insert into txq.processed_jobs (operation_id, job_id, queue, kind, attempt) "
                    "select operation_id, id, queue, kind, 1 from done");
    }
};

} // namespace txq::test
