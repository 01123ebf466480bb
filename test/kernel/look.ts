/** What tests of kernel words ask of a tiny model: what is seen in the states it ends in, or in all it passes through. */
import { always, at_rest, type CheckOptions, check, explore, type Model } from 'heddle';

type Predicate = typeof at_rest | typeof always;

/** What `look` saw at rest, once each, in a fixed order. A schedule that is refused never comes to rest. */
export function atRest<S, V>(model: Model<S>, look: (s: S) => V, options?: CheckOptions<S>): V[] {
  return seen(at_rest, model, look, options);
}

/** What `look` saw in any state, once each, in a fixed order. */
export function anywhere<S, V>(model: Model<S>, look: (s: S) => V, options?: CheckOptions<S>): V[] {
  return seen(always, model, look, options);
}

/** A property that is always true and remembers what it saw: good enough to look at states, and only in tests. */
function seen<S, V>(
  when: Predicate,
  model: Model<S>,
  look: (s: S) => V,
  options: CheckOptions<S> = {},
): V[] {
  const found = new Map<string, V>();
  const spy = when((s: S) => {
    const value = look(s);
    found.set(JSON.stringify(value), value);
    return true;
  });
  const { verdict } = explore(check(model, { ...options, properties: { spy } }));
  if (verdict.error !== undefined) throw new Error(`${verdict.error.code}: ${verdict.error.fact}`);
  return [...found.keys()].sort().map((key) => found.get(key) as V);
}
