/* Claims, leases and fences: two workers, jobs of one operation (it has been enqueued twice), an observer, and a budget
 * of faults: workers die, stall (SIGSTOP) and wake up, are cut off, lose a session, get no answer, and have handlers that
 * fail. What it is a model of: claim_jobs, lock_jobs, complete_locked_jobs, lease_jobs, rescue_jobs and the others named
 * below, of sql/, and docs/adr/0003, 0011 and 0012.
 *
 * The properties are the assertions, each with its sentence beside it. Whatever is not forbidden happens: any two steps
 * may have any others between them.
 *
 * Size: -DJOBS=1 -DFAULTS=2
 * Size: -DJOBS=2 -DFAULTS=1
 *
 * Twins, which are broken and must break this:
 *   NO_FENCE             no two run a job at once
 *   NO_RECORD            no operation has two effects
 *   EARLY_SETTLED        no two run a job at once
 *   LOCK_FENCE_REUSED    no two attempts have the same fence
 *   LEASE_IGNORED        no two run a job at once
 *   NO_LOCK_DEADLINE     no two run a job at once
 *   RESCUE_BLIND         no two run a job at once
 *   NO_ORPHANS           no job is lost or stuck
 *   LOST_CLAIM_FORGOTTEN no job is lost or stuck
 *
 * Time is a clock whose ticks count how long somebody has been silent. The real lease is 4 s, of which a worker relies on
 * three fifths; here it relies on two ticks of three.
 *
 * Left out: a server that crashes and forgets who has locked what (see docs/guarantees.md), crash counts, max_attempts, snoozes, cancelling, and handlers that do not listen when they are asked to stop.
 */

#define WORKERS 2
#ifndef JOBS
#define JOBS 2         /* or 1 */
#endif
#ifndef FAULTS
#define FAULTS 2       /* 3 at most */
#endif
#define LEASE 3        /* ticks of silence after which a worker is dead to others */
#define GUARD 2        /* ticks without a beat after which a worker stops its handlers: lease_guard */
#define IDS 6          /* of workers, from 1 on: each dies or is found dead by a fault */

mtype = {ready, running, completed};
mtype = {nothing, claiming, waiting, runs, in_tx, in_doubt, succeeded, failed};

/* The database. */
mtype state[JOBS] = ready;     /* txq.jobs.state; completed: the row is gone */
byte fence[JOBS];
byte owner[JOBS];              /* txq.jobs.worker, an id; 0: null */
byte locked_by[JOBS];          /* the worker, plus 1, whose transaction holds the row's lock */
bit locked_before[JOBS];       /* xmax: somebody has locked the row since it was written */
byte lock_age[JOBS];           /* how long ago the transaction of xmax began */
bit registered[IDS];           /* txq.workers */
bit recorded;                  /* txq.processed_jobs has the operation: that of all jobs */
byte recording;                /* the worker, plus 1, whose open transaction has inserted it */

/* What a worker's process knows. One handler each: more of them differ in nothing. */
byte id[WORKERS];              /* under which it is registered; 0: not */
mtype phase[WORKERS] = nothing;
byte job[WORKERS];
byte my_fence[WORKERS];
byte claimed_as[WORKERS];      /* the id it had then */
bit by_lock[WORKERS];          /* held_by::lock, or a lock that was lost and not settled yet */
byte lock_since[WORKERS];      /* ticks since */
bit answer_lost[WORKERS];      /* claim_failed: may have got jobs of which it does not know */

/* What happens to it. */
bit stalled[WORKERS], cut[WORKERS], locker_cut[WORKERS];
byte silence[IDS];             /* ticks since the last beat */
bit beat_since[IDS];           /* since the observer has looked */
byte left = FAULTS;
byte last_id;

/* For the properties. */
byte effects;
short fences_run[JOBS];        /* a bit for each that a handler was run under */
bit was_stalled[WORKERS];      /* during the attempt */

#define ME (w + 1)
#define RUNNING(v) (phase[v] == runs || phase[v] == in_tx)
#define ON (!stalled[w])
#define REACHES (!stalled[w] && !cut[w])
#define LOCKER (!stalled[w] && !cut[w] && !locker_cut[w])
#define J job[w]
#define UNDER_LOCK (by_lock[w] && locked_by[J] == ME)
#define LOCK_LOST (by_lock[w] && locked_by[J] != ME)
#define UNDER_LEASE (!by_lock[w])
#define CURRENT (state[J] == running && fence[J] == my_fence[w] && owner[J] == claimed_as[w])
/* where fence = .. and worker = ..: in complete_job(s), end_attempts, complete_locked_jobs has the lock */
#ifdef NO_FENCE
#define OURS (state[J] == running)
#else
#define OURS CURRENT
#endif
#ifdef EARLY_SETTLED
#define SETTLED(j) true
#else
#define SETTLED(j) (!locked_before[j] || lock_age[j] >= LEASE)
#endif
/* the unique index of txq.processed_jobs */
#ifdef NO_RECORD
#define NOT_RECORDING true
#define RECORDED false
#define IN_MY_TX (phase[w] == in_tx)
#else
#define NOT_RECORDING (recording == 0)
#define RECORDED recorded
#define IN_MY_TX (phase[w] == in_tx && recording == ME)
#endif
#define MAY_CLAIM (REACHES && id[w] != 0 && registered[id[w]] && silence[id[w]] < GUARD)

inline forget() {
  phase[w] = nothing; J = 0; my_fence[w] = 0; claimed_as[w] = 0; by_lock[w] = 0; lock_since[w] = 0; was_stalled[w] = 0
}

/* The row is written: its new version has not been locked by anybody. */
inline write_row(j, to, by) {
  state[j] = to; owner[j] = by; locked_by[j] = 0; locked_before[j] = 0; lock_age[j] = 0
}

/* The handler begins. */
inline begin(how) {
  for (v : 0 .. WORKERS - 1) {
    assert(v == w || !RUNNING(v) || job[v] != J || was_stalled[v] || was_stalled[w])  /* no two run a job at once */
  }
  v = 0;
  assert(!(fences_run[J] & (1 << my_fence[w])))                                     /* no two attempts have the same fence */
  fences_run[J] = fences_run[J] | (1 << my_fence[w]);
  phase[w] = how
}

inline complete() {
  assert(UNDER_LOCK || CURRENT);                                                    /* a job is ended by its own attempt */
  write_row(J, completed, 0)
}

/* lease_jobs */
inline lease() {
  assert(my_fence[w] > fence[J] || CURRENT);                                        /* the fence never falls */
  fence[J] = my_fence[w];
  write_row(J, running, claimed_as[w])
}

inline is_leased() { by_lock[w] = 0; lock_since[w] = 0 }

/* A handler that is asked to stop listens. One that has not begun is given back. */
inline stop() {
  if
  :: phase[w] == in_tx ->
     if :: recording == ME -> recording = 0 :: else fi;                             /* statement_canceller */
     phase[w] = failed
  :: phase[w] == runs || phase[w] == waiting -> phase[w] = failed
  :: else
  fi
}

#define CAN_LOCK(j) \
  (MAY_CLAIM && LOCKER && phase[w] == nothing && state[j] == ready && locked_by[j] == 0 && !locked_before[j])
#define CAN_CLAIM(j) (MAY_CLAIM && phase[w] == nothing && state[j] == ready && locked_by[j] == 0 && SETTLED(j))

inline lock_row(j) {
  J = j; claimed_as[w] = id[w]; my_fence[w] = fence[j] + 1;
  locked_by[j] = ME; locked_before[j] = 1; lock_age[j] = 0
}

inline lock_job(j) {
  lock_row(j);
  by_lock[w] = 1;
  phase[w] = (RECORDED -> succeeded : waiting)
}

inline claim_job(j) {
#ifndef LOCK_FENCE_REUSED
  v = locked_before[j];                                                             /* that lock's was the next fence */
#endif
  lock_row(j);
  my_fence[w] = my_fence[w] + v;
  v = 0;
  phase[w] = claiming
}

#define fault left > 0 -> left--

proctype worker(byte w) {
  byte j, v;
end:
  do
  /* register_worker */
  :: d_step { REACHES && id[w] == 0 -> last_id++; id[w] = last_id; registered[last_id] = 1; beat_since[last_id] = 1 }

  /* lock_jobs: passes over what was locked before. A job whose operation is recorded needs no handler. */
  :: d_step { CAN_LOCK(0) -> lock_job(0) }
  :: d_step { CAN_LOCK(JOBS - 1) -> lock_job(JOBS - 1) }

  /* claim_jobs: the statement sees that the worker is registered, and locks the row; */
  :: d_step { CAN_CLAIM(0) -> claim_job(0) }
  :: d_step { CAN_CLAIM(JOBS - 1) -> claim_job(JOBS - 1) }
  /* its update is committed, whatever has become of the worker's process; */
  :: d_step {
       phase[w] == claiming && locked_by[J] == ME ->
       fence[J] = my_fence[w];
       write_row(J, running, claimed_as[w]);
       if
       :: cut[w] -> forget(); answer_lost[w] = 1
       :: else -> phase[w] = (RECORDED -> succeeded : waiting)
       fi
     }
  :: d_step {
       phase[w] == claiming && locked_by[J] == ME && fault;
       fence[J] = my_fence[w];
       write_row(J, running, claimed_as[w]);
       forget(); answer_lost[w] = 1
     }
  /* or the session has been ended before that. */
  :: d_step { ON && phase[w] == claiming && locked_by[J] != ME -> forget() }

  /* heart::give_back_lost_claims, by end_attempts */
#ifndef LOST_CLAIM_FORGOTTEN
  :: d_step {
       REACHES && answer_lost[w] && phase[w] != claiming && id[w] != 0 ->
       for (j : 0 .. JOBS - 1) {
         if
         :: state[j] == running && owner[j] == id[w] && (phase[w] == nothing || J != j) -> write_row(j, ready, 0)
         :: else
         fi
       }
       j = 0; answer_lost[w] = 0
     }
#endif

  /* attempt_runner::run: whose lease does not hold any more does not begin. */
  :: d_step { ON && phase[w] == waiting && (id[w] != claimed_as[w] || silence[id[w]] >= GUARD) -> phase[w] = failed }
  :: d_step { ON && phase[w] == waiting && id[w] == claimed_as[w] && silence[id[w]] < GUARD -> begin(runs) }
  /* A handler with a transaction: record_operation waits for one that is recording the same operation. */
  :: d_step {
       REACHES && phase[w] == waiting && UNDER_LEASE && id[w] == claimed_as[w] && silence[id[w]] < GUARD && NOT_RECORDING ->
       if
       :: RECORDED -> phase[w] = succeeded
       :: else -> recording = ME; begin(in_tx)
       fi
     }

  /* The handler is over. */
  :: atomic { ON && phase[w] == runs -> phase[w] = succeeded }
  :: d_step { ON && RUNNING(w) && fault; if :: recording == ME -> recording = 0 :: else fi; phase[w] = failed }

  /* With a transaction: complete_job and COMMIT; or not ours, and all of it is rolled back; or the session is gone. */
  :: d_step {
       REACHES && IN_MY_TX && OURS ->
       effects++; assert(effects <= 1);                                             /* no operation has two effects */
       complete(); recorded = 1; recording = 0; forget()
     }
  :: d_step { REACHES && IN_MY_TX && !OURS -> recording = 0; forget() }
  :: d_step { ON && phase[w] == in_tx && !IN_MY_TX -> phase[w] = failed }
  /* COMMIT is not answered, and took effect or not: commit_outcome asks which. */
  :: d_step {
       REACHES && IN_MY_TX && OURS && fault;
       effects++; assert(effects <= 1);
       complete(); recorded = 1; recording = 0; phase[w] = in_doubt
     }
  :: d_step { REACHES && IN_MY_TX && fault; recording = 0; phase[w] = in_doubt }
  :: d_step { REACHES && phase[w] == in_doubt -> if :: CURRENT -> phase[w] = failed :: else -> forget() fi }

  /* Under a lock: complete_locked_jobs and COMMIT, which waits for a handler that is recording the operation, */
  :: d_step {
       LOCKER && UNDER_LOCK && phase[w] == succeeded && NOT_RECORDING ->
       complete(); recorded = 1; forget()
     }
  /* but not for long; or takes effect and is not answered. */
  :: d_step { LOCKER && UNDER_LOCK && phase[w] == succeeded && !NOT_RECORDING -> locked_by[J] = 0 }
  :: d_step {
       LOCKER && UNDER_LOCK && phase[w] == succeeded && NOT_RECORDING && fault;
       complete(); recorded = 1
     }
  /* Not over after 30 ms, or without success: lease_jobs in the same transaction. */
  :: d_step {
       LOCKER && UNDER_LOCK && (phase[w] == waiting || phase[w] == runs || phase[w] == failed) ->
       if
       :: registered[claimed_as[w]] -> lease(); is_leased()
       :: else -> locked_by[J] = 0; forget()
       fi
     }
  :: d_step {
       LOCKER && UNDER_LOCK && (phase[w] == runs || phase[w] == failed) && registered[claimed_as[w]] && fault; lease()
     }
  /* The lock is lost: lease_jobs on a new connection, which waits for one who is claiming the job. */
  :: d_step {
       LOCKER && LOCK_LOST && locked_by[J] == 0 ->
       if
       :: state[J] == ready && fence[J] == my_fence[w] - 1 && registered[claimed_as[w]] -> lease(); is_leased()
       :: CURRENT -> is_leased()
       :: else -> forget()                                                          /* somebody else's: stopped */
       fi
     }

  /* Under a lease: complete_jobs, end_attempts. Not answered: they are sent again. */
  :: d_step {
       REACHES && UNDER_LEASE && phase[w] == succeeded && NOT_RECORDING ->
       if :: OURS -> complete(); recorded = 1 :: else fi;
       forget()
     }
  :: d_step {
       REACHES && UNDER_LEASE && phase[w] == succeeded && NOT_RECORDING && OURS && fault; complete(); recorded = 1
     }
  :: d_step {
       REACHES && UNDER_LEASE && phase[w] == failed ->
       if :: OURS -> write_row(J, ready, 0) :: else fi;
       forget()
     }
  :: d_step { REACHES && UNDER_LEASE && phase[w] == failed && OURS && fault; write_row(J, ready, 0) }
  od
}

/* Locks and open transactions of worker w end with its sessions. */
inline end_sessions() {
  if :: recording == ME -> recording = 0 :: else fi;
  for (j : 0 .. JOBS - 1) {
    if :: locked_by[j] == ME -> locked_by[j] = 0 :: else fi
  }
  j = 0
}

/* What may happen to worker w at any time, and what undoes it. */
proctype faults(byte w) {
  byte j;
end:
  do
  /* Its process dies, and another one takes its place. */
  :: d_step {
       fault;
       end_sessions(); forget();
       id[w] = 0; answer_lost[w] = 0; stalled[w] = 0; cut[w] = 0; locker_cut[w] = 0
     }
  :: d_step { !stalled[w] && fault; stalled[w] = 1; was_stalled[w] = (phase[w] != nothing) }
  :: d_step { stalled[w] -> stalled[w] = 0 }
  /* Nothing gets through to the database. Its sessions end when the server notices. */
  :: d_step { !cut[w] && fault; cut[w] = 1 }
  :: d_step { cut[w] -> cut[w] = 0 }
  :: d_step {
       cut[w] && (recording == ME || (phase[w] != nothing && locked_by[J] == ME)) -> end_sessions()
     }
  /* Its heart is heard, and its locker cannot get through. */
  :: d_step { !locker_cut[w] && fault; locker_cut[w] = 1; end_sessions() }
  :: d_step { locker_cut[w] -> locker_cut[w] = 0 }
  /* pg_terminate_backend */
  :: d_step { (recording == ME || (phase[w] != nothing && locked_by[J] == ME)) && fault; end_sessions() }
  od
}

proctype no_more_faults() {
end:
  d_step { left > 0 -> left = 0 }
}

#define BEATS(w) (id[w] != 0 && !stalled[w] && !cut[w] && registered[id[w]])
#define HEARD(i) ((BEATS(0) && id[0] == i) || (BEATS(1) && id[1] == i))
#define STUCK(w) (stalled[w] || cut[w] || locker_cut[w])

/* A transaction under whose locks jobs are run is over within 30 ms, if its locker gets through. */
#define IN_TIME(w) (!by_lock[w] || lock_since[w] == 0 || STUCK(w))

/* Whether a tick changes anything; those that do not are left out. */
#define AGES(i) (registered[i] && silence[i] < LEASE && !HEARD(i))
#define TIMES(w) \
  (id[w] != 0 && !stalled[w] && !cut[w] && (!registered[id[w]] || silence[id[w]] > 0 || !beat_since[id[w]]) || \
   by_lock[w] && lock_since[w] < GUARD)
#define ABANDONED(j) (locked_by[j] != 0 && STUCK(locked_by[j] - 1) && phase[locked_by[j] - 1] != claiming)
#define WEARS(j) (locked_before[j] && lock_age[j] < LEASE || ABANDONED(j))

inline on_tick_of_worker() {
  if
  :: BEATS(w) -> silence[id[w]] = 0; beat_since[id[w]] = 1                           /* beat */
  :: id[w] != 0 && REACHES && !registered[id[w]] -> stop(); id[w] = 0               /* heart::lose_registration */
#ifndef LEASE_IGNORED
  :: id[w] != 0 && !stalled[w] && cut[w] && silence[id[w]] >= GUARD -> stop()       /* supervise, by lease_guard */
#endif
  :: else
  fi;
  if :: by_lock[w] && lock_since[w] < GUARD -> lock_since[w]++ :: else fi;
  if
#ifndef NO_LOCK_DEADLINE
  :: ON && by_lock[w] && lock_since[w] >= GUARD -> stop()                           /* supervise, by locked_since */
#endif
  :: else
  fi
}

proctype clock() {
  byte w, i;
end:
  do
  :: d_step {
       IN_TIME(0) && IN_TIME(1) &&
       (TIMES(0) || TIMES(1) || WEARS(0) || WEARS(JOBS - 1) || AGES(1) || AGES(2) || AGES(3) || AGES(4) || AGES(5)) ->
       for (i : 1 .. last_id) { if :: silence[i] < LEASE -> silence[i]++ :: else fi }
       for (w : 0 .. WORKERS - 1) { on_tick_of_worker() }
       for (i : 0 .. JOBS - 1) {
         if :: locked_before[i] && lock_age[i] < LEASE -> lock_age[i]++ :: else fi;
         /* idle_in_transaction_session_timeout */
         if :: ABANDONED(i) && lock_age[i] >= LEASE -> locked_by[i] = 0 :: else fi
       }
       i = 0; w = 0
     }
  od
}

/* worker_beats: silent for the whole of its lease. */
#define SEEMS_DEAD(i) (seen == 0 && registered[i] && silence[i] >= LEASE)
#define ORPHAN(j) (state[j] == running && !registered[owner[j]])

/* The caretaker of some worker that lives. */
proctype observer() {
  byte seen, j;
end:
  do
  :: d_step { SEEMS_DEAD(1) -> seen = 1; beat_since[1] = 0 }
  :: d_step { SEEMS_DEAD(2) -> seen = 2; beat_since[2] = 0 }
  :: d_step { SEEMS_DEAD(3) -> seen = 3; beat_since[3] = 0 }
  :: d_step { SEEMS_DEAD(4) -> seen = 4; beat_since[4] = 0 }
  :: d_step { SEEMS_DEAD(5) -> seen = 5; beat_since[5] = 0 }
  /* lock_worker and rescue_jobs: unless it has shown a sign of life since. */
  :: d_step {
       seen != 0 ->
       if
#ifdef RESCUE_BLIND
       :: true ->
#else
       :: !beat_since[seen] ->
#endif
          registered[seen] = 0;
          for (j : 0 .. JOBS - 1) {
            if :: state[j] == running && owner[j] == seen -> write_row(j, ready, 0) :: else fi
          }
       :: else
       fi;
       seen = 0; j = 0
     }
#ifndef NO_ORPHANS
  /* rescue_orphans: claimed by a worker that was found dead at the same moment. */
  :: d_step { ORPHAN(0) -> write_row(0, ready, 0) }
  :: d_step { ORPHAN(JOBS - 1) -> write_row(JOBS - 1, ready, 0) }
#endif
  od
}

/* Where nothing can happen any more, nothing is left to do. */
proctype end_of_everything() {
  atomic {
    timeout;
    assert(state[0] == completed && state[JOBS - 1] == completed)                   /* no job is lost or stuck */
  }
}

init {
  byte w;
  atomic {
    for (w : 0 .. WORKERS - 1) { run worker(w); run faults(w) }
    run no_more_faults();
    run clock();
    run observer();
    run end_of_everything()
  }
}
