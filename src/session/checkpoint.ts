/**
 * A checkpoint: a file from which a search goes on. First what it was a search of, then its circumstances, then its states in parts of
 * about a megabyte; each with a checksum, so that a file which was not written to its end, or was changed, is not taken for one.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { endianness } from 'node:os';
import { dirname } from 'node:path';
import { HeddleError } from '../design/errors.ts';
import { VERSION } from '../design/version.ts';
import type { Chunk, Circumstances, Snapshot } from '../search/snapshot.ts';

/** What a search is one of. It goes on only where all of this is the same. */
export interface Identity {
  readonly format: number;
  /** Version of heddle. */
  readonly heddle: string;
  readonly check: string;
  /** SHA-256 of the bundled check. */
  readonly model: string;
  readonly order: string;
  /** How states are kept. */
  readonly store: string;
  /** Of the numbers in the file. */
  readonly endianness: string;
}

export function identity(check: string, model: string, order = 'bfs'): Identity {
  const format = 1;
  return {
    ...{ format, heddle: VERSION, check, model, order },
    ...{ store: 'whole states', endianness: endianness() },
  };
}

const MAGIC = 'heddle checkpoint\n';
/** Each part begins with what it is, its number among all, and the bytes that follow its checksum. */
const KINDS = { identity: 1, circumstances: 2, states: 3, end: 4 } as const;
type Kind = keyof typeof KINDS;
const HEAD_BYTES = 16;
const CHECKSUM_BYTES = 32;

/** Writes a checkpoint so that there is never half of it: under another name first, which it then gives up. Its bytes. */
export function writeCheckpoint(file: string, of: Identity, snapshot: Snapshot): number {
  const draft = draftOf(file);
  const writer = new Writer(openSync(draft, 'w'));
  try {
    const { chunks, ...circumstances } = snapshot;
    writer.part('identity', json(of));
    writer.part('circumstances', json(circumstances satisfies Circumstances));
    for (const { words, parents } of chunks())
      writer.part(
        'states',
        bytesOf(Uint32Array.of(parents.length)),
        bytesOf(parents),
        bytesOf(words),
      );
    writer.part('end');
    fsyncSync(writer.file);
  } finally {
    closeSync(writer.file);
  }
  renameSync(draft, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return writer.at;
}

/** What a file is called while it is written; see `isDraft`. */
function draftOf(file: string): string {
  return `${file}.${process.pid}.draft`;
}

export function isDraft(file: string): boolean {
  return file.endsWith('.draft');
}

/**
 * Opens a checkpoint, read once to its end before anything of it is used.
 * @throws HeddleError `bad-checkpoint` where it is damaged, `other-checkpoint` where it is one of something else; `name` is what they
 * call it.
 */
export function openCheckpoint(file: string, name: string, expected: Identity): Snapshot {
  for (const _chunk of new Reader(file, name, expected).chunks()) {
    // Checked while it is read.
  }
  const reader = new Reader(file, name, expected);
  return { ...reader.circumstances(), chunks: () => reader.chunks() };
}

class Writer {
  readonly file: number;
  at = 0;
  private parts = 0;

  constructor(file: number) {
    this.file = file;
    this.write(Buffer.from(MAGIC));
  }

  part(kind: Kind, ...content: readonly Uint8Array[]): void {
    const head = headOf(KINDS[kind], this.parts, content);
    this.parts += 1;
    const checksum = createHash('sha256').update(head);
    for (const bytes of content) checksum.update(bytes);
    for (const bytes of [head, checksum.digest(), ...content]) this.write(bytes);
  }

  private write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.file, bytes, done, bytes.length - done, this.at + done);
    this.at += bytes.length;
  }
}

function headOf(kind: number, number: number, content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, bytes) => sum + bytes.length, 0);
  return bytesOf(Uint32Array.of(kind, number, length, 0));
}

interface Part {
  readonly kind: Kind;
  readonly content: Buffer;
}

class Reader {
  private readonly file: string;
  private readonly name: string;
  private readonly expected: Identity;

  constructor(file: string, name: string, expected: Identity) {
    this.file = file;
    this.name = name;
    this.expected = expected;
  }

  circumstances(): Circumstances {
    for (const { kind, content } of this.parts())
      if (kind === 'circumstances') return JSON.parse(content.toString());
    throw this.damaged('says nothing of its search');
  }

  *chunks(): Generator<Chunk> {
    for (const { kind, content } of this.parts()) {
      if (kind !== 'states') continue;
      const numbers = new Uint32Array(content.buffer, content.byteOffset, content.length / 4);
      const states = numbers[0] as number;
      yield {
        parents: new Int32Array(content.buffer, content.byteOffset + 4, states),
        words: numbers.subarray(1 + states),
      };
    }
  }

  /** Parts in order, each checked; the content of one is good until the next. */
  private *parts(): Generator<Part> {
    const file = openSync(this.file, 'r');
    try {
      const magic = Buffer.alloc(MAGIC.length);
      this.fill(file, magic, 0, 'its first line');
      if (magic.toString() !== MAGIC) throw this.damaged('does not begin like a checkpoint');
      let at = MAGIC.length;
      let content = new ArrayBuffer(0);
      const head = new Uint32Array(HEAD_BYTES / 4);
      const checksum = Buffer.alloc(CHECKSUM_BYTES);
      const { size } = fstatSync(file);
      for (let number = 0; ; number += 1) {
        const what = `part ${number}`;
        at += this.fill(file, bytesOf(head), at, what);
        at += this.fill(file, checksum, at, what);
        const [code, told, length = 0] = head;
        const kind = (Object.keys(KINDS) as Kind[]).find((one) => KINDS[one] === code);
        if (kind === undefined || told !== number) throw this.damaged(`${what} is none`);
        if (at + length > size) throw this.damaged(`it ends in ${what}`);
        if (content.byteLength < length) content = new ArrayBuffer(length);
        const bytes = Buffer.from(content, 0, length);
        at += this.fill(file, bytes, at, what);
        const actual = createHash('sha256').update(bytesOf(head)).update(bytes).digest();
        if (!actual.equals(checksum)) throw this.damaged(`the checksum of ${what} is wrong`);
        if (kind === 'identity') this.compare(JSON.parse(bytes.toString()));
        if (kind === 'end') return;
        yield { kind, content: bytes };
      }
    } finally {
      closeSync(file);
    }
  }

  private fill(file: number, bytes: Uint8Array, at: number, what: string): number {
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(file, bytes, done, bytes.length - done, at + done);
      if (read === 0) throw this.damaged(`it ends in ${what}`);
      done += read;
    }
    return bytes.length;
  }

  private compare(found: Identity): void {
    for (const [key, wanted] of Object.entries(this.expected)) {
      const is = found[key as keyof Identity];
      if (is === wanted) continue;
      const what = key === 'model' ? 'model, or check' : key;
      const fact = `${this.name} is of another ${what}: ${short(is)}, and this is ${short(wanted)}`;
      throw new HeddleError('other-checkpoint', fact);
    }
  }

  private damaged(how: string): HeddleError {
    return new HeddleError('bad-checkpoint', `${this.name} is damaged: ${how}`);
  }
}

/** A hash by its beginning. */
function short(value: unknown): string {
  return String(value).replace(/^([\da-f]{12})[\da-f]{52}$/, '$1…');
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
