/* The twin of models/classic/philosophers.ts: forks are shared flags, four steps each. */
bool fork[N];

active [N] proctype philosopher() {
  do
  :: d_step { !fork[_pid] -> fork[_pid] = true };
     d_step { !fork[(_pid + 1) % N] -> fork[(_pid + 1) % N] = true };
     fork[_pid] = false;
     fork[(_pid + 1) % N] = false
  od
}
