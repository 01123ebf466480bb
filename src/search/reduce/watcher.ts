/** Tells `Holdings` of all moves that a search looks at: from which situation to which, what they touch, and what they do to tokens. */
import type { CompiledMachine } from '../../machine/machine.ts';
import type { Batch } from '../batch.ts';
import { add, type Mask, meets } from '../masks.ts';
import type { Effect, Footprints } from './effects.ts';
import type { Holdings } from './holdings.ts';
import type { Standing } from './stubborn.ts';
import type { Change } from './tokens.ts';

/** Records are numbered below that. */
const MOST_RECORDS = 2 ** 26;
const NOTHING: Change = { gains: 0n, losses: 0n, frees: 0n };

export class Watcher {
  private readonly holdings: Holdings;
  /** By CPU, by situation: records that were told; and by CPU the last pair of both. */
  private readonly told: readonly Set<number>[][];
  private readonly last: Float64Array;
  /** By CPU, by pair, where something is stored to tokens without a look: what they held. */
  private readonly toldBlind: readonly Map<number, Set<number | string>>[];
  /** By CPU: bits that are another's own. */
  private readonly foreign: readonly Mask[];
  private readonly touched = new WeakMap<Footprints | Mask, bigint>();

  constructor({ cpus }: CompiledMachine, holdings: Holdings) {
    this.holdings = holdings;
    this.told = cpus.map(() => []);
    this.toldBlind = cpus.map(() => new Map());
    this.last = new Float64Array(cpus.length).fill(-1);
    const { selves } = holdings;
    this.foreign = cpus.map((cpu) => {
      const mask = selves.maskOf(cpu.index).map(() => 0);
      for (const { index } of cpus) if (index !== cpu.index) add(mask, selves.maskOf(index));
      return mask;
    });
  }

  /** A search begins with a CPU in such a packed state. */
  begin(cpu: number, words: Uint32Array): void {
    const { holdings } = this;
    if (holdings.isOn) holdings.begin(cpu, holdings.selves.of(cpu, words, 0));
  }

  /** Tells of the moves from the origin that the batch has last, and notes the situation of each CPU there. */
  watch(batch: Batch, standings: readonly Standing[]): void {
    const { holdings, last } = this;
    if (!holdings.isOn) return;
    const origin = batch.origins - 1;
    const from = origin * batch.width;
    for (let cpu = 0; cpu < standings.length; cpu += 1) {
      const standing = standings[cpu] as Standing;
      const situation = holdings.selves.of(cpu, batch.sources, from);
      standing.situation = situation;
      const { record, effect } = standing;
      const pair = situation * MOST_RECORDS + record;
      if (record !== -1) {
        if (pair === last[cpu]) continue;
        if (effect.blind !== undefined) {
          if (this.isTold(cpu, pair, batch.sources, from, effect.blind)) continue;
        } else {
          last[cpu] = pair;
          if (this.isToldOf(cpu, situation, record)) continue;
        }
      }
      this.tell(batch, origin, cpu, situation, effect);
    }
  }

  /** Whether moves were told before in a situation; they are told now. */
  private isToldOf(cpu: number, situation: number, record: number): boolean {
    const mine = this.told[cpu] as Set<number>[];
    let records = mine[situation];
    if (records === undefined) {
      records = new Set();
      mine[situation] = records;
    }
    if (records.has(record)) return true;
    records.add(record);
    return false;
  }

  /** Whether moves were told that store to bits without a look, of a state with the same bits; they are told now. */
  private isTold(
    cpu: number,
    pair: number,
    words: Uint32Array,
    from: number,
    blind: Mask,
  ): boolean {
    let key: number | string = -1;
    for (let word = 0; word < blind.length; word += 1) {
      const bits = blind[word] as number;
      if (bits === 0) continue;
      const held = ((words[from + word] as number) & bits) >>> 0;
      key = key === -1 ? held : `${key} ${held}`;
    }
    const mine = this.toldBlind[cpu] as Map<number, Set<number | string>>;
    const known = mine.get(pair) ?? new Set();
    if (known.has(key)) return true;
    mine.set(pair, known.add(key));
    return false;
  }

  private tell(
    batch: Batch,
    origin: number,
    cpu: number,
    situation: number,
    { moves, idle }: Effect,
  ): void {
    const { holdings } = this;
    const { sources, words, width } = batch;
    const first = batch.startOfCpu(origin, cpu);
    holdings.touch(cpu, situation, this.touchedBy(idle, idle), 0n);
    for (let at = first; at < batch.endOfCpu(origin, cpu); at += 1) {
      const move = moves[at - first];
      // A rule was left out.
      if (move === undefined) continue;
      if (meets(move.writes, this.foreign[cpu] as Mask)) holdings.giveUp();
      const change =
        batch.loops[at] === 1
          ? NOTHING
          : holdings.tokens.change(sources, origin * width, words, at * width, move.writes);
      holdings.lead(cpu, situation, holdings.selves.of(cpu, words, at * width), change);
      // To free an object clears its tokens: that nobody else holds one is asked anyway.
      const touched = this.touchedBy(move, move.reads, move.writes);
      holdings.touch(cpu, situation, touched, change.gains | change.frees);
    }
  }

  private touchedBy(key: Footprints | Mask, ...masks: readonly Mask[]): bigint {
    let words = this.touched.get(key);
    if (words === undefined) {
      words = masks.reduce((set, mask) => set | this.holdings.touched(mask), 0n);
      this.touched.set(key, words);
    }
    return words;
  }
}
