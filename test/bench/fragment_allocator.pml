/*
 * The twin of models/bench/fragment_allocator.ts: N CPUs, R rounds. A branch on locals is no step there, so its two sides are alternatives
 * of the step that follows, and what a step has found out is kept in `found` until then.
 */
#define PAGES 3
#define NONE 3 /* of pages */
#define HEAD 3 /* of nodes: 0 to 2 are those of pages */
#define POISON 4
#define UNSET HEAD /* a node that is on no list is told by the list */

byte lock;
byte next[4] = HEAD;
byte prev[4] = HEAD;
byte refcount[PAGES];
bit filled[PAGES];
byte pte[PAGES]; /* a bit for each half */
bit live[PAGES];

inline allocate(which) {
  live[which] = 1;
  page = which
}

inline list_add() {
  next[page] = next[HEAD];
  prev[page] = HEAD;
  prev[next[HEAD]] = page;
  next[HEAD] = page
}

inline list_del() {
  next[prev[page]] = next[page];
  prev[next[page]] = prev[page];
  next[page] = POISON;
  prev[page] = POISON
}

active [N] proctype use() {
  byte page = NONE;
  bit h;
  bit found;
  byte round;

alloc:
  if
  :: d_step { page == NONE && round < R && lock == 0 -> lock = _pid + 1 }
  :: d_step {
       page != NONE -> /* the last step of page_table_free() */
       assert(refcount[page] == 0);
       live[page] = 0;
       filled[page] = 0;
       next[page] = UNSET;
       prev[page] = UNSET;
       page = NONE;
       h = 0;
       round++
     }
     goto alloc
  fi;
  page = next[HEAD]; /* HEAD is NONE */
look:
  if
  :: d_step {
       page != NONE && !found ->
       if
       :: ((refcount[page] | (refcount[page] >> 4)) & 3) == 3 -> page = NONE
       :: else -> h = (refcount[page] | (refcount[page] >> 4)) & 1; found = 1
       fi
     }
     goto look
  :: d_step {
       found ->
       refcount[page] = refcount[page] ^ (1 << h);
       found = 0
     }
  :: d_step { page == NONE -> lock = 0 }
     goto fresh
  fi;
  d_step { list_del() };
  lock = 0;
  goto taken;
fresh:
  if
  :: d_step { !live[0] -> allocate(0) }
  :: d_step { !live[1] -> allocate(1) }
  :: d_step { !live[2] -> allocate(2) }
  fi;
  refcount[page] = refcount[page] ^ 1;
  filled[page] = 1;
  d_step { lock == 0 -> lock = _pid + 1 };
  d_step { list_add() };
  lock = 0;
taken:
  if /* a d_step must not be jumped to */
  :: d_step {
       (pte[page] & (1 << h)) == 0 ->
       pte[page] = pte[page] | (1 << h)
     }
  fi;
  assert((pte[page] & (1 << h)) != 0);
  pte[page] = pte[page] & (3 - (1 << h));
  d_step { lock == 0 -> lock = _pid + 1 };
  d_step {
    refcount[page] = refcount[page] ^ (17 << h);
    found = (refcount[page] & 3) != 0
  };
  if
  :: d_step { found -> list_add(); found = 0 }
  :: d_step { !found -> list_del() }
  fi;
  lock = 0;
  d_step {
    refcount[page] = refcount[page] ^ (16 << h);
    if
    :: refcount[page] == 0
    :: else -> page = NONE; h = 0; round++
    fi
  };
  goto alloc
}
