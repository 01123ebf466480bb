/** What the codes of cells name: CPUs, contexts, objects, addresses. So what a permutation makes of a code is known. */
import { ADDRESS_BASE, ADDRESS_STEP } from '../../design/processor.ts';
import type { Cell } from '../../machine/layout.ts';
import type { CompiledCpu, CompiledMachine } from '../../machine/machine.ts';
import { balancesOf } from './frames.ts';
import type { Domain, Places } from './places.ts';

/** The kind of cells whose codes name nothing that may be exchanged. */
export const PLAIN = -1;

/** Codes of one kind. Items are what its codes or, in a set, its bits stand for; a code of a `ref` is its item + 1, 0 being NONE. */
export interface Kind {
  readonly name: string;
  readonly form: 'ref' | 'set' | 'word';
  /** Number of codes, or of bits of a set. */
  readonly size: number;
  /** By code or bit: the things it names. */
  readonly names: readonly (readonly number[])[];
  /** By code or bit: where a permutation takes it, given its maps by domain and by cell. */
  images(maps: readonly Int32Array[], cells: Int32Array): Int32Array;
}

/** What items are, and where they go. */
interface Items {
  readonly names: readonly (readonly number[])[];
  images(maps: readonly Int32Array[], cells: Int32Array): readonly number[];
}

/** Bits of the balance of a function below those of locks, and locks that it tells apart: see `Contexts.balance`. */
const NESTED_BITS = 12;
const BALANCED_LOCKS = 20;

export class Kinds {
  readonly kinds: Kind[] = [];
  /** By cell: index of its kind, or `PLAIN`. */
  readonly of: Int32Array;
  private readonly compiled: CompiledMachine;
  private readonly places: Places;
  private readonly known = new Map<string, number>();
  private readonly items = new Map<string, Items | undefined>();

  constructor(compiled: CompiledMachine, places: Places) {
    this.compiled = compiled;
    this.places = places;
    const { cells } = compiled.layout;
    this.of = Int32Array.from(cells, (cell) => this.kindOf(cell));
    this.setMachine();
  }

  private kindOf({ codec }: Cell): number {
    if (codec.kind === 'word') return this.wordKind();
    if (codec.target === undefined) return PLAIN;
    if (codec.kind === 'ref') return this.kind('ref', codec.target);
    return this.kind('set', codec.target);
  }

  private setMachine(): void {
    const { cpus, layout } = this.compiled;
    const set = (cell: number, kind: number): void => {
      if (cell !== -1) this.of[cell] = kind;
    };
    for (const cpu of cpus) {
      set(cpu.readersWait, this.kind('set', 'context'));
      set(cpu.callbacksWait, this.kind('set', '$callbacks'));
      set(cpu.ipiWait, this.kind('set', 'cpu'));
      this.setSlots(cpu, set);
    }
    for (const { cells } of layout.heads) {
      set(cells.queued as number, this.kind('ref', 'cpu'));
      set(cells.waiting as number, this.kind('set', 'context'));
    }
  }

  private setSlots(cpu: CompiledCpu, set: (cell: number, kind: number) => void): void {
    for (const slot of cpu.slots) {
      if (slot === undefined) continue;
      set(slot.obtained, this.kind('set', '$objects'));
      set(slot.stale, this.kind('set', '$objects'));
      for (const { program, cell } of slot.loaded)
        for (const field of balancesOf(program)) set(cell + field.cell, this.kind('set', '$held'));
    }
  }

  private kind(form: 'ref' | 'set', target: string): number {
    const key = `${form} ${target}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const items = this.itemsOf(target);
    if (items === undefined) {
      this.known.set(key, PLAIN);
      return PLAIN;
    }
    // NONE stays what it is.
    const isRef = form === 'ref';
    return this.add(key, {
      name: key,
      form,
      size: items.names.length + (isRef ? 1 : 0),
      names: isRef ? [[], ...items.names] : items.names,
      images: (maps, cells) => {
        const images = items.images(maps, cells);
        return Int32Array.from(isRef ? [0, ...images.map((image) => image + 1)] : images);
      },
    });
  }

  private wordKind(): number {
    const known = this.known.get('word');
    if (known !== undefined) return known;
    const { words } = this.compiled.layout;
    const cellOf = (code: number): number =>
      ((words.values[code] as number) - ADDRESS_BASE) / ADDRESS_STEP;
    const codes = [...words.values.keys()];
    const names = codes.map((code) => (cellOf(code) < 0 ? [] : this.places.ownersOf(cellOf(code))));
    if (names.every((owners) => owners.length === 0)) {
      this.known.set('word', PLAIN);
      return PLAIN;
    }
    return this.add('word', {
      name: 'word',
      form: 'word',
      size: words.size,
      names,
      images: (_, cells) =>
        Int32Array.from(codes, (code) => {
          const cell = cellOf(code);
          if (cell < 0) return code;
          return words.code(ADDRESS_BASE + (cells[cell] as number) * ADDRESS_STEP);
        }),
    });
  }

  private add(key: string, kind: Kind): number {
    const index = this.kinds.push(kind) - 1;
    this.known.set(key, index);
    return index;
  }

  /** Undefined where none of them may be exchanged. */
  private itemsOf(target: string): Items | undefined {
    if (!this.items.has(target)) {
      const items = this.makeItems(target);
      const moves = items?.names.some((names) => names.length > 0);
      this.items.set(target, moves ? items : undefined);
    }
    return this.items.get(target);
  }

  private makeItems(target: string): Items | undefined {
    const { cpus, layout } = this.compiled;
    const cpu = this.places.domainOf('cpu');
    switch (target) {
      case 'context':
        return this.spread(cpu, cpus.length * 3, 3);
      case '$callbacks': {
        const heads = this.besideCells(layout.heads.map(({ plan }) => plan.cell));
        const running = this.spread(cpu, cpus.length, 1);
        const first = layout.heads.length;
        return {
          names: [...heads.names, ...running.names],
          images: (maps, cells) => [
            ...heads.images(maps, cells),
            ...running.images(maps, cells).map((image) => first + image),
          ],
        };
      }
      case '$objects':
        return this.besideCells(layout.objects.map(({ live }) => live));
      case '$held':
        return this.held();
      default: {
        const domain = this.places.domainOf(target);
        if (domain === -1) return undefined;
        return this.spread(domain, (this.places.domains[domain] as Domain).size, 1);
      }
    }
  }

  /** `size` items, `each` of them for every index of a domain. */
  private spread(domain: number, size: number, each: number): Items {
    const indices = Array.from({ length: size }, (_, item) => Math.floor(item / each));
    const things = this.places.domains[domain]?.things;
    return {
      names: indices.map((index) => {
        const thing = things?.[index] ?? -1;
        return thing === -1 ? [] : [thing];
      }),
      images: (maps) =>
        indices.map((index, item) => (maps[domain]?.[index] ?? index) * each + (item % each)),
    };
  }

  /** Items that go where these cells go. */
  private besideCells(cells: readonly number[]): Items {
    const items = new Map(cells.map((cell, item) => [cell, item]));
    return {
      names: cells.map((cell) => this.places.ownersOf(cell)),
      images: (_, images) => cells.map((cell) => items.get(images[cell] as number) as number),
    };
  }

  /** Nesting counts, then the first locks. */
  private held(): Items {
    const locks = this.besideCells(this.compiled.layout.locks.map(({ cell }) => cell));
    const nested = Array.from({ length: NESTED_BITS }, (_, bit) => bit);
    const told = <T>(all: readonly T[]): readonly T[] => all.slice(0, BALANCED_LOCKS);
    return {
      names: [...nested.map(() => []), ...told(locks.names)],
      images: (maps, cells) => {
        const images = told(locks.images(maps, cells)).map((lock) => NESTED_BITS + lock);
        if (images.some((bit) => bit >= NESTED_BITS + BALANCED_LOCKS))
          throw new CannotExchange(
            'a lock that balanced functions tell apart with one they do not',
          );
        return [...nested, ...images];
      },
    };
  }
}

/** Thrown for a permutation under which the machine's own records have no image. */
export class CannotExchange extends Error {}
