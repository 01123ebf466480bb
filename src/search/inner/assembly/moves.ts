/** Making the moves of states, as far as they were learned; what `Successors` and `LearnedMoves` do. */

import {
  EACH_STORE,
  FIRST_MOVE,
  FIRST_STORE,
  FREE,
  MOVES,
  NUMBER,
  PLACE,
  RACES,
  REFUSED,
  STORES,
  USES as USES_OF,
  WAITS,
} from '../../records.ts';
import {
  COUNT,
  CPUS,
  DEADLOCKS,
  END_OF,
  FOUND,
  HASHES,
  LOOPS,
  MEETINGS,
  MET,
  MOST,
  NUMBERS,
  ORIGIN_ROOM,
  ORIGINS,
  RECORDS,
  ROOM,
  SEGMENTS,
  SOURCES,
  TREES,
  USES,
  WAITS_OF,
  WIDTH,
  WORDS,
} from '../fields.ts';
import { copy, copySum, finished, get, mixed, set, walkAll } from './block.ts';
import { wordsOf } from './stored.ts';

/** Whether some CPUs wait for nobody but each other; see `Waits.cycle`. */
function isStuck(waitsOf: u32, cpus: u32): bool {
  let stuck: u32 = 0;
  for (let cpu: u32 = 0; cpu < cpus; cpu += 1) {
    const owners = load<u32>(waitsOf + (cpu << 2));
    if (owners !== 0 && (owners & FREE) === 0) stuck |= 1 << cpu;
  }
  let before: u32 = 0;
  while (before !== stuck) {
    before = stuck;
    for (let cpu: u32 = 0; cpu < cpus; cpu += 1)
      if ((load<u32>(waitsOf + (cpu << 2)) & ~FREE & ~stuck) !== 0) stuck &= ~(1 << cpu);
  }
  return stuck !== 0;
}

/** Whether what some two CPUs would touch has not met before; see `LearnedMoves.isNewMeeting`. */
function meetsAnew(block: u32): bool {
  const met = get(block, MET);
  const most = get(block, MEETINGS);
  const found = get(block, FOUND);
  const end = found + (get(block, CPUS) << 2);
  for (let one = found; one < end; one += 4) {
    const first = load<u32>(load<u32>(one) + (RACES << 2));
    if (first === 0) continue;
    for (let other = one + 4; other < end; other += 4) {
      const second = load<u32>(load<u32>(other) + (RACES << 2));
      if (second === 0) continue;
      if (first >= most || second >= most) return true;
      if (load<u8>(met + first * most + second) === 0) return true;
    }
  }
  return false;
}

/** Counts that a record was used so many times more, for itself and for its place. */
function countUse(uses: u32, record: u32, times: i32): void {
  set(record, USES_OF, get(record, USES_OF) + times);
  const place = get(record, PLACE);
  set(uses, place, get(uses, place) + times);
}

/**
 * Adds the moves of stored states from `from` on, before `to`, to the batch, until that has enough of them. The first state that was not
 * added: the other side adds it where there is room left.
 */
export function gather(block: u32, from: u32, to: u32): u32 {
  const width = get(block, WIDTH);
  const cpus = get(block, CPUS);
  const segments = get(block, SEGMENTS);
  const records = get(block, RECORDS);
  const uses = get(block, USES);
  const trees = get(block, TREES);
  const found = get(block, FOUND);
  const waitsOf = get(block, WAITS_OF);
  const sources = get(block, SOURCES);
  const words = get(block, WORDS);
  const hashes = get(block, HASHES);
  const numbers = get(block, NUMBERS);
  const loops = get(block, LOOPS);
  const endOf = get(block, END_OF);
  const room = get(block, ROOM);
  const originRoom = get(block, ORIGIN_ROOM);
  const most = get(block, MOST);
  const findsDeadlocks = get(block, DEADLOCKS) !== 0;
  const watchesRaces = get(block, MET) !== 0;
  let count = get(block, COUNT);
  let origins = get(block, ORIGINS);
  let id = from;
  for (; id < to && count < most && origins < originRoom; id += 1) {
    const source = sources + ((origins * width) << 2);
    const sum = copySum(source, wordsOf(block, segments, width, id, source), width);
    let waits: u32 = 0;
    let moves: u32 = 0;
    let isKnown = true;
    walkAll(trees, cpus, source, found);
    for (let cpu: u32 = 0; cpu < cpus; cpu += 1) {
      const leaf = load<i32>(found + (cpu << 2));
      if (leaf === 0) {
        isKnown = false;
        break;
      }
      const record = records + ((<u32>(-1 - leaf)) << 2);
      store<u32>(found + (cpu << 2), record);
      const waitsHere = load<u32>(record + (WAITS << 2));
      store<u32>(waitsOf + (cpu << 2), waitsHere);
      waits |= waitsHere;
      moves += load<u32>(record + (MOVES << 2));
    }
    if (!isKnown || count + moves > room) break;
    if (findsDeadlocks && (waits & ~FREE) !== 0 && isStuck(waitsOf, cpus)) break;
    if (watchesRaces && meetsAnew(block)) break;
    const before = count;
    let goesOn = false;
    for (let cpu: u32 = 0; cpu < cpus; cpu += 1) {
      const record = load<u32>(found + (cpu << 2));
      countUse(uses, record, 1);
      let move = record + (FIRST_MOVE << 2);
      for (let left = load<u32>(record + (MOVES << 2)); left > 0; left -= 1) {
        const end = move + (FIRST_STORE << 2) + load<u32>(move + (STORES << 2)) * (EACH_STORE << 2);
        if (load<u32>(move) === REFUSED) goesOn = true;
        else {
          const target = words + ((count * width) << 2);
          copy(target, source, width);
          let hash = sum;
          let changed: u32 = 0;
          for (let at = move + (FIRST_STORE << 2); at < end; at += EACH_STORE << 2) {
            const word = load<u32>(at);
            const place = target + (word << 2);
            const old = load<u32>(place);
            const stored = (old & load<u32>(at + 4)) | load<u32>(at + 8);
            store<u32>(place, stored);
            changed |= old ^ stored;
            hash += mixed(word, stored) - mixed(word, old);
          }
          store<u32>(hashes + (count << 2), finished(hash));
          store<u32>(numbers + (count << 2), load<u32>(move + (NUMBER << 2)));
          store<u8>(loops + count, changed === 0 ? 1 : 0);
          if (changed !== 0) goesOn = true;
          count += 1;
        }
        move = end;
      }
      store<u32>(endOf + ((origins * cpus + cpu) << 2), count);
    }
    if (!goesOn && findsDeadlocks) {
      // Whether all have ended is for the other side to say: as if this state had not been.
      count = before;
      for (let cpu: u32 = 0; cpu < cpus; cpu += 1)
        countUse(uses, load<u32>(found + (cpu << 2)), -1);
      break;
    }
    origins += 1;
  }
  set(block, COUNT, count);
  set(block, ORIGINS, origins);
  return id;
}
