/** What a step read and wrote, in the few characters a diagram has room for. */
import type { Access, Change, Trace, TraceStep } from '../replay/trace.ts';
import { localOf, localText, ZERO } from './arguments.ts';
import { ascii } from './text.ts';
import { isAboutLocks } from './words.ts';

/** How the values of one trace are written: which fields in hexadecimal, which need their object's name. */
export interface Values {
  /** Fields (paths without indices) whose steps speak of them in hexadecimal or by bits. */
  readonly bitwise: ReadonlySet<string>;
  /** For each field, the paths that occur in this trace. */
  readonly paths: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A path without its indices: `page[].refcount`. */
function fieldOf(path: string): string {
  return path.replace(/\[[^\]]*\]/g, '[]');
}

const BITS = /0x[0-9a-f]|xor|<<|\^/;

/** Looks at a whole trace once, so that one field is written in one way from the first step to the last. */
export function valuesOf(trace: Trace): Values {
  const bitwise = new Set<string>();
  const paths = new Map<string, Set<string>>();
  for (const step of trace.steps) {
    for (const { path } of [...step.accesses, ...step.changes]) {
      const field = fieldOf(path);
      const known = paths.get(field) ?? new Set<string>();
      paths.set(field, known.add(path));
      if (BITS.test(step.label) && names(step.label, path)) bitwise.add(field);
    }
  }
  return { bitwise, paths };
}

/** Whether a label speaks of the field at the end of a path: `&page->_refcount` does of `page[0].refcount`. */
function names(label: string, path: string): boolean {
  const last = path.split('.').at(-1)?.replace(/\[.*$/, '') ?? path;
  const word = last.replace(/[^A-Za-z0-9_]/g, '.');
  return new RegExp(`(^|[^A-Za-z0-9])_*${word}($|[^A-Za-z0-9_])`).test(label);
}

/** `18` as `0x12`, for fields that are looked at by bits. */
export function showValue(values: Values, path: string, value: string): string {
  if (path.endsWith(' is live')) return value === '1' ? 'live' : 'free';
  if (!/^\d+$/.test(value) || !values.bitwise.has(fieldOf(path))) {
    return ascii(value) || "''";
  }
  const digits = Number(value).toString(16);
  return `0x${digits.padStart(digits.length + (digits.length % 2), '0')}`;
}

export function showChange(values: Values, change: Change): string {
  const { path, before, after } = change;
  return `${showValue(values, path, before)} -> ${showValue(values, path, after)}`;
}

export interface Comment {
  readonly text: string;
  /** The same without the path, for a narrow column; empty where it would mean nothing. */
  readonly brief: string;
  /** No other object's field of this name occurs in the trace. */
  readonly alone: boolean;
  /** Shown on as many lines as it takes. */
  readonly always: boolean;
}

/**
 * The comment beside a step: `0x03 -> 0x12`, `still 1`, `page[1].refcount: 0x01`. None where it would repeat the
 * label or drown it: kernel words about locks and masks, and steps that touch more than two words.
 */
export function commentOf(step: TraceStep, values: Values): Comment | undefined {
  if (isAboutLocks(step.label)) return undefined;
  const parts = accessComments(step, values);
  if (parts.length > 2) return undefined;
  if (parts.length === 2) {
    const text = parts.map((one) => one.text).join(', ');
    return { ...remark(text), brief: tellingOf(step, parts) };
  }
  return (
    parts[0] ?? (step.accesses.some((one) => isGone(step, one)) ? undefined : localComment(step))
  );
}

/** The word of two that says most: one that changed, else one that was written; of two reads neither. */
function tellingOf(step: TraceStep, parts: readonly Comment[]): string {
  const written = [...step.changes, ...step.accesses.filter((one) => one.write)];
  const paths = written.map(({ path }) => `${ascii(path)}: `);
  const telling = paths.flatMap((path) => parts.filter(({ text }) => text.startsWith(path)));
  return telling[0]?.text ?? '';
}

/** Every word the step touched and every local it set, whatever the room. */
export function everyComment(step: TraceStep, values: Values): Comment[] {
  const shared = accessComments(step, values).map(({ text }) => remark(text, true));
  return [...shared, ...step.locals.map((one) => remark(localText(one), true))];
}

/** A comment that is not about a word. */
export function remark(text: string, always = false): Comment {
  return { text, brief: '', alone: false, always };
}

/** One comment for each word the step touched, in the order of the first access. */
function accessComments(step: TraceStep, values: Values): Comment[] {
  const touched = new Map<string, Access>();
  for (const access of step.accesses) {
    const seen = touched.get(access.path);
    touched.set(access.path, seen?.write && !access.write ? seen : access);
  }
  const all = [...touched.values()];
  const isFreeing = all.some((access) => isGone(step, access));
  // What a step that frees an object read on the way says nothing.
  const told =
    isFreeing && touched.size <= 2 ? all.filter(({ path }) => isChanged(step, path)) : all;
  return told.map((access) => {
    const brief = accessText(step, access, values);
    const alone = (values.paths.get(fieldOf(access.path))?.size ?? 1) === 1;
    const known = touched.size === 1 && alone && names(step.label, access.path);
    return { text: known ? brief : `${ascii(access.path)}: ${brief}`, brief, alone, always: false };
  });
}

function isChanged({ changes }: TraceStep, path: string): boolean {
  return changes.some((one) => one.path === path && one.after !== 'uninitialised');
}

/** A word of an object that the step itself freed has no value to be told. */
function isGone({ changes }: TraceStep, { path, value }: Access): boolean {
  if (value !== 'uninitialised') return false;
  return changes.some((one) => {
    const object = one.path.replace(/ is live$/, '');
    return object !== one.path && one.after === '0' && path.startsWith(`${object}.`);
  });
}

function accessText(step: TraceStep, access: Access, values: Values): string {
  const isFreed = step.findings.some(
    ({ kind, object }) => kind === 'use-after-free' && object === access.path,
  );
  if (isFreed) return 'freed';
  const value = showValue(values, access.path, access.value);
  if (!access.write) return value;
  const change = step.changes.find((one) => one.path === access.path);
  if (change?.before === 'uninitialised') return value;
  if (change !== undefined) return showChange(values, change);
  return step.refused ? value : `still ${value}`;
}

/** What a pick chose, or a step without shared memory computed. */
function localComment(step: TraceStep): Comment | undefined {
  const own = step.locals.filter(
    (one) =>
      localOf(one.path)?.owner === step.stack.at(-1) &&
      (step.picked !== undefined || (names(step.label, one.path) && !isDropped(step, one))),
  );
  if (own.length > 0 && own.length <= 3) return remark(own.map(localText).join(', '));
  return step.picked === undefined ? undefined : remark(`choice ${step.picked}`);
}

/** A local that the step did not set: its function ended there. */
function isDropped({ label }: TraceStep, { path, after }: Change): boolean {
  const name = (localOf(path)?.name ?? path).replace(/[^A-Za-z0-9_]/g, '.');
  return ZERO.has(after) && !new RegExp(`(^|[^A-Za-z0-9_])${name} *[-+|&^]?=([^=]|$)`).test(label);
}
