/* The relay: producers whose transactions end in any order, two relays that both believe they are the active one, a
 * server of the outbox that crashes once. An outbox and a queue in two databases.
 *
 * What it is a model of: read_outbox, outbox_barrier, write_batch and relay_position of sql/, relay/src/position.cpp,
 * mover.cpp, and docs/adr/0005.
 *
 * The properties are the assertions, each with its sentence beside it. Whatever is not forbidden happens: any two steps
 * may have any others between them.
 *
 * Size:
 *
 * Twins, which are broken and must break this:
 *   ID_CURSOR      no row is lost
 *   SNAPSHOT_LATER no row is lost
 *   NO_BATCH_KEY   no row is moved twice
 *   POSITION_FIRST no row is lost
 *   POSITION_LAST  no row is moved twice
 *   NO_BARRIER     only what is committed is moved
 *
 * Left out: the ring and its truncation, rows that the queue refuses, and sources that go back in time.
 */

#ifndef PRODUCERS
#define PRODUCERS 3    /* a transaction each; ids 1 to PRODUCERS */
#endif
#ifndef RELAYS
#define RELAYS 2
#endif
#ifndef LIMIT
#define LIMIT 1        /* rows in a batch, so that a batch ends within a transaction */
#endif
#ifndef DEATHS
#define DEATHS 1       /* of relays, or of their connections, all together */
#endif
#define ROWS 2         /* at most, of one transaction */
#define ROW(t, s) (((t) - 1) * ROWS + (s) - 1)

/* The outbox's database. */
mtype = {not_begun, in_progress, committed, on_disk, aborted};
mtype became[PRODUCERS + 1] = not_begun;
byte rows[PRODUCERS + 1];    /* seq 1 to this: the order within a transaction is all that the position knows of seq */
byte ended;                  /* how many transactions are over */
bit crashed;                 /* the server; connections from before it are broken */

/* The queue's database: the last row of txq.relay_batches, and how often each row of the outbox was put into txq.jobs. A
 * worker may have run a job and removed it by the time it is moved again, so the key of txq.jobs is not relied on. */
byte batch, at_txid, at_seq;
bit late[PRODUCERS + 1];
byte late_seq[PRODUCERS + 1];
bit moved[PRODUCERS * ROWS];

byte deaths;
bit seen_all[RELAYS];        /* has looked at everything and found nothing to move */

#define over(t) (became[t] != not_begun && became[t] != in_progress)
#define visible(t) (became[t] == committed || became[t] == on_disk)

/* txid: the transaction's first insert, in which pg_current_xact_id() gives the ids out in order. What it has inserted
 * nobody else sees before it commits, so when it inserts does not matter. */
proctype producer(byte txid) {
  atomic {
    txid == 1 || became[txid - 1] != not_begun;
    became[txid] = in_progress;
    rows[txid] = (txid == 1 -> ROWS : 1)
  }
  if
  :: atomic { became[txid] == in_progress -> became[txid] = committed; ended++ }  /* visible, and not on disk: */
  :: atomic { became[txid] == in_progress -> became[txid] = on_disk; ended++ }    /* synchronous_commit = off  */
  :: atomic { became[txid] == in_progress -> became[txid] = aborted; ended++ }
  :: became[txid] == aborted                                                      /* the server has crashed */
  fi
}

/* The outbox's server stops at once and comes back: what was not on disk never was. (Its id may be given out again, by
 * a server that knows of no write since. The relay's barrier takes an id itself, so none below a position is.) */
proctype crash() {
  byte t;
  atomic {
    crashed = 1;
    for (t : 1 .. PRODUCERS) {
      if
      :: became[t] == in_progress -> became[t] = aborted; ended++
      :: became[t] == committed ->
         became[t] = aborted;
         assert(!moved[ROW(t, 1)] && !moved[ROW(t, 2)])  /* only what is committed is moved */
      :: else
      fi
    }
  }
}

/* What a snapshot sees: PostgreSQL's xmax is the last transaction that is over, plus 1. */
inline take_snapshot() {
  xmax = 1;
  for (t : 1 .. PRODUCERS) {
    if :: over(t) -> xmax = t + 1 :: else fi
  }
  for (t : 1 .. PRODUCERS) { xip[t] = (t < xmax && !over(t)) }
}

/* Row (t, s) is in the batch, unless that is full; then there is more. */
inline take(is_late) {
  if
  :: n < LIMIT -> batch_rows[ROW(t, s)] = 1; n++; last_late = is_late; last_txid = t; last_seq = s
  :: else
  fi
}

/* read_outbox: first the rows of late transactions that have ended, then those beyond the position. */
inline read_rows() {
  n = 0;
  for (t : 1 .. PRODUCERS) {
    for (s : 1 .. ROWS) {
      batch_rows[ROW(t, s)] = 0;
      if
      :: my_late[t] && visible(t) && s <= rows[t] && s > my_late_seq[t] -> take(1)
      :: else
      fi
    }
  }
  for (t : 1 .. PRODUCERS) {
    for (s : 1 .. ROWS) {
      if
      :: visible(t) && s <= rows[t] && (t > my_txid || (t == my_txid && s > my_seq)) -> take(0)
      :: else
      fi
    }
  }
}

/* advance() of relay/src/position.cpp: move_on() and stay(). */
inline advance() {
  if
  :: n == LIMIT && last_late ->
     for (t : 1 .. PRODUCERS) {
       if
       :: my_late[t] && t == last_txid -> my_late_seq[t] = last_seq
       :: my_late[t] && t < last_txid && !xip[t] -> my_late[t] = 0; my_late_seq[t] = 0
       :: else
       fi
     }
  :: else ->
     if
     :: n < LIMIT -> last_txid = xmax; last_seq = 0
     :: else
     fi;
     for (t : 1 .. PRODUCERS) {
       if
       :: my_late[t] && !xip[t] -> my_late[t] = 0; my_late_seq[t] = 0
       :: !my_late[t] && xip[t] && t >= my_txid && t < last_txid -> my_late[t] = 1
       :: else
       fi;
#ifdef ID_CURSOR
       my_late[t] = 0   /* what lies behind the position is taken for moved */
#endif
     }
     my_txid = last_txid;
     my_seq = last_seq
  fi;
  last_late = 0; last_txid = 0; last_seq = 0; xmax = 0;
  for (t : 1 .. PRODUCERS) { xip[t] = 0 }
  t = 0; s = 0
}

inline write_position() {
  batch = my_batch; at_txid = my_txid; at_seq = my_seq;
  for (t : 1 .. PRODUCERS) { late[t] = my_late[t]; late_seq[t] = my_late_seq[t] }
  t = 0
}

inline write_jobs() {
  for (t : 1 .. PRODUCERS) {
    for (s : 1 .. ROWS) {
      if
      :: batch_rows[ROW(t, s)] ->
         assert(!moved[ROW(t, s)]);  /* no row is moved twice */
         assert(visible(t));         /* only what is committed is moved */
         moved[ROW(t, s)] = 1
      :: else
      fi
    }
  }
  t = 0; s = 0
}

/* relay_position, in mover::begin(): what has been moved is what the queue says. */
inline begin() {
  my_batch = batch; my_txid = at_txid; my_seq = at_seq;
  for (t : 1 .. PRODUCERS) { my_late[t] = late[t]; my_late_seq[t] = late_seq[t] }
  for (t : 0 .. PRODUCERS * ROWS - 1) { batch_rows[t] = 0 }
  n = 0; t = 0; looked = 0; saw_crash = crashed; next_is_free = 0
}

/* The process dies, or one of its connections: either way a new mover begins. */
#define dies deaths < DEATHS -> deaths++; goto start

/* The active relay, or one that believes it is: the advisory lock (outbox_lock) saves work and is not relied on. */
proctype relay(byte me) {
  byte my_batch, my_txid, my_seq;
  bit my_late[PRODUCERS + 1];
  byte my_late_seq[PRODUCERS + 1];
  bit batch_rows[PRODUCERS * ROWS];
  byte n, xmax, last_txid, last_seq, looked, t, s;
  bit xip[PRODUCERS + 1];
  bit last_late, saw_crash, next_is_free;

start:
  atomic { begin() }

read:
  if
  :: atomic { saw_crash != crashed -> goto start }    /* its connection to the outbox is gone */
  :: d_step {
       saw_crash == crashed ->
#ifdef SNAPSHOT_LATER
       read_rows();                                   /* one statement for the rows */
     }
     d_step {
       take_snapshot();                               /* and another one for the snapshot */
#else
       take_snapshot();
       read_rows();
#endif
       looked = ended;
       advance()
     }
  fi;
  if
  :: n == 0 -> goto nothing
  :: n > 0
  fi;

  /* outbox_barrier: a write that is flushed takes all of the log before it to the disk. */
  if
  :: atomic { saw_crash != crashed -> goto start }
  :: d_step {
       saw_crash == crashed ->
#ifndef NO_BARRIER
       for (t : 1 .. PRODUCERS) {
         if :: became[t] == committed -> became[t] = on_disk :: else fi
       }
       t = 0
#endif
     }
  :: atomic { dies }
  fi;

  /* write_batch, which looks for the last batch as its snapshot shows it, */
  d_step { my_batch++; next_is_free = (batch == my_batch - 1) }
  if
  :: atomic { !next_is_free -> goto start }           /* written: false, so another relay is active */
  :: next_is_free
  :: atomic { dies }
  fi;
#ifdef POSITION_FIRST
  d_step { next_is_free = (batch == my_batch - 1); if :: next_is_free -> write_position() :: else fi }
  if :: atomic { !next_is_free -> goto start } :: next_is_free :: atomic { dies } fi;
  d_step { write_jobs() }
#elif defined(POSITION_LAST)
  d_step { next_is_free = (batch == my_batch - 1); if :: next_is_free -> write_jobs() :: else fi }
  if :: atomic { !next_is_free -> goto start } :: next_is_free :: atomic { dies } fi;
  d_step { write_position() }
#else
  /* and inserts it with its jobs: one that writes the same batch waits at the primary key until the other one is
   * committed and fails, or takes its place if that came to nothing. */
  d_step {
#ifndef NO_BATCH_KEY
    next_is_free = (batch == my_batch - 1);
#endif
    if
    :: next_is_free -> write_jobs(); write_position()
    :: else
    fi
  }
  if
  :: atomic { !next_is_free -> goto start }           /* a unique violation */
  :: next_is_free
  :: atomic { dies }                                  /* COMMIT was not answered: begin() reads what became of it */
  fi;
#endif
  d_step { n = 0; next_is_free = 0; for (t : 0 .. PRODUCERS * ROWS - 1) { batch_rows[t] = 0 } t = 0 }
  goto read;

nothing:
  /* No row, so nothing is recorded, and the position has moved on in memory only. Looks that see the same again do
   * nothing, so they are left out. */
  seen_all[me] = (looked == PRODUCERS);
end_idle:
  atomic { looked != ended || saw_crash != crashed -> seen_all[me] = 0 }
  goto read
}

/* When everything has been looked at, every committed row has been moved. */
proctype end_of_everything() {
  byte t, s;
  atomic {
    timeout;
    for (t : 0 .. RELAYS - 1) { assert(seen_all[t]) }  /* no relay is stuck */
    for (t : 1 .. PRODUCERS) {
      for (s : 1 .. ROWS) {
        assert(!(visible(t) && s <= rows[t]) || moved[ROW(t, s)])  /* no row is lost */
      }
    }
  }
}

init {
  byte t;
  atomic {
    for (t : 1 .. PRODUCERS) { run producer(t) }
    for (t : 0 .. RELAYS - 1) { run relay(t) }
    run crash();
    run end_of_everything()
  }
}
