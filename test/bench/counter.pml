/* The twin of models/bench/counter.ts: N CPUs, R rounds. Who has finished stays before its next round. */
byte x;

active [N] proctype task() {
  byte r;
  byte round;

  do
  :: d_step { round < R -> r = x };
     d_step { x = r + 1; r = 0; round++ }
  od
}
