/**
 * How the values of a cell are numbered. Code 0 is the initial value, or `uninitialised` in a heap
 * object.
 */
import { HeddleError } from '../design/errors.ts';
import { ADDRESS_BASE, ADDRESS_STEP, FUNCTION_BASE } from '../design/processor.ts';
import { NONE, type ScalarType } from '../design/schema.ts';

export interface Codec {
  readonly kind: 'int' | 'bool' | 'enum' | 'ref' | 'word';
  /** Number of values, `uninitialised` not counted. */
  readonly size: number;
  /** For an `int`: whether values count modulo `size`. */
  readonly wraps: boolean;
  /** Value of a code, and code of a value or -1. */
  value(code: number): unknown;
  code(value: unknown): number;
  /** The value as people read it, and back. */
  show(code: number): string | number | boolean;
  read(shown: unknown): number;
  /** For a `ref` or a set: the elements it leads to, by name. */
  leadsTo?(code: number): readonly string[];
  /** What a `ref` or a set points into: a heap or an array, `cpu`, or `context` (CPU * 3 + level). */
  readonly target?: string;
}

/** The words of one compiled model: constants, functions, addresses, numbered densely. */
export class Words {
  readonly values: Int32Array;
  private readonly small = new Int32Array(FUNCTION_BASE).fill(-1);
  private readonly functionsFrom: number;
  private readonly addressesFrom: number;
  private readonly names: string[];
  private readonly byName: Map<string, number>;
  readonly functions: readonly string[];

  constructor(
    constants: Readonly<Record<string, number>>,
    functions: readonly string[],
    addresses: readonly string[],
  ) {
    const byValue = new Map<number, string>();
    for (const [name, value] of Object.entries(constants)) {
      if (!byValue.has(value)) byValue.set(value, name);
    }
    const smallValues = [...byValue.keys()].sort((a, b) => a - b);
    this.functions = functions;
    this.functionsFrom = smallValues.length;
    this.addressesFrom = this.functionsFrom + functions.length;
    this.values = Int32Array.from([
      ...smallValues,
      ...functions.map((_, index) => FUNCTION_BASE + index),
      ...addresses.map((_, cell) => ADDRESS_BASE + cell * ADDRESS_STEP),
    ]);
    smallValues.forEach((value, code) => {
      this.small[value] = code;
    });
    this.names = [
      ...smallValues.map((value) => byValue.get(value) as string),
      ...functions,
      ...addresses.map((path) => `&${path}`),
    ];
    this.byName = new Map(this.names.map((name, code) => [name, code]));
  }

  get size(): number {
    return this.values.length;
  }

  code(value: unknown): number {
    if (typeof value !== 'number' || !(value >= 0) || value % 1 !== 0) return -1;
    if (value < FUNCTION_BASE) return this.small[value] as number;
    if (value < ADDRESS_BASE) {
      const index = value - FUNCTION_BASE;
      return index < this.functions.length ? this.functionsFrom + index : -1;
    }
    const code = this.addressesFrom + (value - ADDRESS_BASE) / ADDRESS_STEP;
    return code % 1 === 0 && code < this.size ? code : -1;
  }

  /** The name of a word, for people; a number for one that was never declared. */
  show(value: number): string {
    const code = this.code(value);
    return code === -1 ? `0x${value.toString(16)}` : (this.names[code] as string);
  }

  named(name: unknown): number {
    return this.byName.get(String(name)) ?? -1;
  }

  nameOfCode(code: number): string {
    return this.names[code] as string;
  }
}

const integer = (value: unknown, size: number): number =>
  typeof value === 'number' && value >= 0 && value < size && value % 1 === 0 ? value : -1;

/** Lengths of what references point into. */
export type Lengths = (target: string) => { readonly length: number; name(index: number): string };

export function codecOf(type: ScalarType<unknown>, words: Words, lengths: Lengths): Codec {
  switch (type.kind) {
    case 'int':
      return intCodec((type.max ?? 0) + 1, type.wraps ?? false);
    case 'set': {
      const target = lengths(type.target ?? '');
      const members = Array.from({ length: target.length }, (_, index) => target.name(index));
      const leadsTo = (code: number): string[] => named(code, members);
      return { ...setCodec(members), leadsTo, target: type.target ?? '' };
    }
    case 'bool':
      return {
        kind: 'bool',
        size: 2,
        wraps: false,
        value: (code) => code === 1,
        code: (value) => (value === true ? 1 : value === false ? 0 : -1),
        show: (code) => code === 1,
        read: (shown) => (shown === true ? 1 : 0),
      };
    case 'enum': {
      const values = type.values ?? [];
      return {
        kind: 'enum',
        size: values.length,
        wraps: false,
        value: (code) => values[code],
        code: (value) => values.indexOf(value as string),
        show: (code) => values[code] as string,
        read: (shown) => values.indexOf(shown as string),
      };
    }
    case 'ref':
    case 'cpu': {
      const target = lengths(type.target ?? '');
      const show = (code: number): string => (code === 0 ? 'NONE' : target.name(code - 1));
      const names = new Map<string, number>();
      for (let code = 0; code <= target.length; code += 1) names.set(show(code), code);
      return {
        kind: 'ref',
        size: target.length + 1,
        wraps: false,
        value: (code) => code - 1,
        code: (value) => (value === NONE ? 0 : integer(value, target.length) + 1 || -1),
        show,
        read: (shown) => names.get(String(shown)) ?? -1,
        leadsTo: (code) => (code === 0 ? [] : [show(code)]),
        target: type.target ?? '',
      };
    }
    case 'word':
      return {
        kind: 'word',
        size: words.size,
        wraps: false,
        value: (code) => words.values[code],
        code: (value) => words.code(value),
        show: (code) => words.nameOfCode(code),
        read: (shown) => words.named(shown),
      };
  }
}

/** A set of named things, a bit each, shown as `{page[0], page[1]}`. */
export function setCodec(members: readonly string[]): Codec {
  return {
    ...intCodec(2 ** members.length, false),
    show: (code) => `{${named(code, members).join(', ')}}`,
    read: (shown) => setCode(String(shown), members),
  };
}

function named(code: number, members: readonly string[]): string[] {
  return members.filter((_, index) => Math.floor(code / 2 ** index) % 2 === 1);
}

/** The code of `{page[0], page[1]}`. */
function setCode(shown: string, members: readonly string[]): number {
  const names = shown.slice(1, -1).split(', ');
  return names.reduce((sum, name) => sum + (name === '' ? 0 : 2 ** members.indexOf(name)), 0);
}

export function intCodec(size: number, wraps: boolean): Codec {
  if (!(size >= 1 && size <= 2 ** 32)) {
    throw new HeddleError('bad-schema', `an integer of ${size} values does not fit in 32 bits`);
  }
  return {
    kind: 'int',
    size,
    wraps,
    value: (code) => code,
    code: (value) => integer(value, size),
    show: (code) => code,
    read: (shown) => shown as number,
  };
}

/** Codes that stand for places in a program, or other names. */
export function nameCodec(names: readonly string[]): Codec {
  return {
    kind: 'enum',
    size: names.length,
    wraps: false,
    value: (code) => code,
    code: (value) => integer(value, names.length),
    show: (code) => `${code}: ${names[code]}`,
    read: (shown) => Number.parseInt(String(shown), 10),
  };
}
