/* The twin of models/classic/lost_update.ts. A process that has finished stays, or SPIN would count the order in which they end. */
byte i;
byte t[N];

active [N] proctype increment() {
  t[_pid] = i;
  i = t[_pid] + 1;
end:
  false
}
