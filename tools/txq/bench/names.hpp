#pragma once

// What the bench's jobs are called in the database that is measured. Nobody else's jobs are called so, and what is not
// called so is left alone.

namespace txq::bench {

inline constexpr char queue[] = "txq.bench";
/// Its handler returns at once: completions are recorded many at a time.
inline constexpr char plain_kind[] = "txq.bench.noop";
/// Its handler has a transaction, which does nothing but complete the job: a commit per job.
inline constexpr char transaction_kind[] = "txq.bench.noop_in_transaction";

// How the handlers' plugin is told what to do.
inline constexpr char tally_variable[] = "TXQ_BENCH_TALLY";           ///< the file of the tally
inline constexpr char handler_ms_variable[] = "TXQ_BENCH_HANDLER_MS"; ///< how long a handler takes
inline constexpr char plugin_file[] = "libtxq_bench.so";

} // namespace txq::bench
