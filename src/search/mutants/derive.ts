/** The mutants of a check: all that can be wrong at each place of its model, those that come to the same thing once. */
import type { Check } from '../../design/check.ts';
import { HeddleError } from '../../design/errors.ts';
import type { Node, Nodes } from '../../design/program.ts';
import type { Deeds } from './deeds.ts';
import { type Edit, edited } from './edit.ts';
import { wrongsAt } from './kinds.ts';
import { type Mutant, mutantId } from './mutant.ts';
import { flat, functionsOf, sitesOf } from './sites.ts';
import { wrongWords } from './words.ts';

/** A mutant and how it is made. */
export interface Derived {
  readonly mutant: Mutant;
  readonly edit: Edit;
}

/**
 * All mutants, in the order in which the functions run and are written. A function that several others call has each of its own
 * once; so have functions of one name that the same lines declare. `deeds` are what a search has seen the steps do: without them
 * there is a mutant of whatever a kernel word might do.
 */
export function mutantsOf(check: Check, deeds?: Deeds): readonly Derived[] {
  const found = new Map<string, { mutant: Mutant; edit: Map<Node, Nodes> }>();
  const variants = new Map<string, Node[]>();
  for (const fn of functionsOf(check.model)) {
    const sites = sitesOf(fn);
    for (const [at, site] of sites.entries()) {
      const { node, label } = site;
      for (const { kind, what, also = [], edits } of [
        ...wrongsAt(sites, at),
        ...wrongWords(site, deeds),
      ]) {
        const plain = `${fn.name}: ${what}`;
        const name = `${plain}${variantOf(node, plain, variants)}`;
        const known = found.get(name);
        const { edit } = known ?? { edit: new Map<Node, Nodes>() };
        for (const [one, instead] of edits) edit.set(one, instead);
        if (known !== undefined) continue;
        const steps = [label, ...also];
        const mutant = { id: mutantId(name), name, kind, fn: fn.name, steps, place: node.place };
        found.set(name, { mutant, edit });
      }
    }
  }
  return distinct([...found.values()]);
}

/**
 * The check with the model that a mutant is; `named` is its id or its name.
 * @throws HeddleError `no-such-mutant`
 */
export function mutated(check: Check, named: string): Check {
  const derived = mutantsOf(check).find(({ mutant }) => isCalled(mutant, named));
  if (derived === undefined) {
    throw new HeddleError('no-such-mutant', `the model has no mutant '${named}'`);
  }
  return { ...check, model: edited(check.model, derived.edit) };
}

export function isCalled({ id, name }: Mutant, named: string): boolean {
  return id === named || name === named;
}

/** Functions of one name are one where the same lines declare them; else the second is numbered. */
function variantOf(node: Node, name: string, variants: Map<string, Node[]>): string {
  const known = variants.get(name) ?? [];
  variants.set(name, known);
  const at = known.findIndex((one) => one === node || linesOf(one) === linesOf(node));
  if (at === -1) known.push(node);
  const number = at === -1 ? known.length : at + 1;
  return number === 1 ? '' : ` (${number})`;
}

/** The innermost lines that declare a node: of those further out, some depend on who asked first. */
function linesOf({ place }: Node): string {
  return place.stack?.split('\n').slice(1, 5).join('\n') ?? '';
}

/**
 * Without those that do the same as another: a step that is all there is under a condition, and that condition never true. What is
 * said of the step stays.
 */
function distinct(all: readonly Derived[]): readonly Derived[] {
  const numbers = new Map<unknown, number>();
  const numberOf = (node: unknown): number => {
    const number = numbers.get(node) ?? numbers.size;
    numbers.set(node, number);
    return number;
  };
  const keyOf = ({ edit }: Derived): string =>
    [...edit]
      .map(([node, instead]) => `${numberOf(node)}:${flat(instead).map(numberOf).join(',')}`)
      .sort()
      .join(';');
  const keys = all.map(keyOf);
  const kept = new Map<string, number>();
  for (const [at, { mutant }] of all.entries()) {
    const known = kept.get(keys[at] as string);
    if (known === undefined || mutant.kind === 'left out') kept.set(keys[at] as string, at);
  }
  const wanted = new Set(kept.values());
  return all.filter((_one, at) => wanted.has(at));
}
