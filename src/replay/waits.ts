/** Who waits for whose lock in one state, and whether some wait for each other for ever. */
import type { Attempt } from '../machine/engine.ts';
import type { CompiledMachine, Slot } from '../machine/machine.ts';

export class Waits {
  /** CPUs whose running context has a variant that is not just waiting for a lock. */
  private readonly free: boolean[];
  /** Owners of the locks that the variants of a CPU's running context wait for: a bit per CPU. */
  private readonly owners: number[];

  constructor(cpus: number) {
    this.free = Array.from({ length: cpus }, () => false);
    this.owners = this.free.map(() => 0);
  }

  begin(): void {
    this.free.fill(false);
    this.owners.fill(0);
  }

  /** Told of each variant of a state. A context that only starts on top lets nobody below it go on. */
  note(slot: Slot, entering: boolean, outcome: Attempt, waitsFor: number): void {
    if (entering) return;
    if (outcome === 'disabled' && waitsFor !== -1) {
      this.owners[slot.cpu] = (this.owners[slot.cpu] as number) | (1 << Math.floor(waitsFor / 3));
    } else {
      this.free[slot.cpu] = true;
    }
  }

  /** Told of all variants of a CPU's running context at once: a bit per owner, the top bit where one is free. */
  add(cpu: number, owners: number): void {
    this.free[cpu] = owners < 0;
    this.owners[cpu] = owners & 0x7fffffff;
  }

  /**
   * The largest set of CPUs each of which waits only for locks of CPUs in the set, in words;
   * undefined where it is empty.
   */
  cycle(compiled: CompiledMachine): string | undefined {
    const { owners, free } = this;
    let stuck = 0;
    for (let cpu = 0; cpu < owners.length; cpu += 1)
      if (owners[cpu] !== 0 && free[cpu] !== true) stuck |= 1 << cpu;
    for (let before = 0; before !== stuck; ) {
      before = stuck;
      for (let cpu = 0; cpu < owners.length; cpu += 1)
        if (((owners[cpu] as number) & ~stuck) !== 0) stuck &= ~(1 << cpu);
    }
    return stuck === 0 ? undefined : this.describe(stuck, compiled);
  }

  private describe(stuck: number, { cpus }: CompiledMachine): string {
    const path: number[] = [];
    let at = lowest(stuck);
    while (!path.includes(at)) {
      path.push(at);
      at = lowest(this.owners[at] as number);
    }
    const circle = [...path.slice(path.indexOf(at)), at];
    return circle.map((cpu) => cpus[cpu]?.name).join(' waits for ');
  }
}

function lowest(set: number): number {
  return 31 - Math.clz32(set & -set);
}
