/* The twin of models/bench/ticket_lock.ts: N CPUs, R rounds. Who has finished stays before its next round. */
byte next;
byte owner;
byte x;

active [N] proctype task() {
  byte ticket;
  byte r;
  byte round;

  do
  :: d_step { round < R -> ticket = next; next++ };
     owner == ticket;
     r = x;
     d_step { x = r + 1; r = 0 };
     d_step { owner = ticket + 1; ticket = 0; round++ }
  od
}
