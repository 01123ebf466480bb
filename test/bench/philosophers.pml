/* The twin of models/classic/philosophers.ts: forks are shared flags, four steps each. */
bool fork[N];

active [N] proctype philosopher() {
  do
  :: atomic { !fork[_pid] -> fork[_pid] = true };
     atomic { !fork[(_pid + 1) % N] -> fork[(_pid + 1) % N] = true };
     fork[_pid] = false;
     fork[(_pid + 1) % N] = false
  od
}
