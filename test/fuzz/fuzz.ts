/** A run of the fuzz: programs compared, disagreements made small, rules that were noticed to be left out, and statistics. */
import fc from 'fast-check';
import { type Trial, trial } from './arbitrary.ts';
import { compare, isMissed } from './compare.ts';
import type { Searched } from './searched.ts';
import { TRAITS, type Trait } from './traits.ts';
import { type Rule, ways, waysOf } from './ways.ts';

/** Of the programs compared, at least. */
const SHARE = 0.01;

/** A disagreement, as small as it could be made. */
export interface Failure {
  readonly seed: number;
  readonly trial: Trial;
  readonly differences: Readonly<Record<string, string>>;
}

export class Fuzz {
  compared = 0;
  private searches = 0;
  readonly failures: Failure[] = [];
  /** By rule: the number of programs after which it was noticed to be left out. */
  readonly killed = new Map<Rule, number>();
  /** Told of each rule that was noticed to be left out, and by what. */
  onMissed: ((rule: Rule, one: Trial) => void) | undefined;
  private readonly firstSeed: number;
  private readonly asked: readonly string[];
  private readonly doubles: boolean;
  private readonly counts = new Map<Trait, number>();
  private seed: number;
  private tooLarge = 0;
  private states = 0;

  /** `asked` names ways of `ways`; all of them where it is empty. */
  constructor(seed: number, asked: readonly string[], doubles: boolean) {
    for (const way of asked)
      if (!(way in ways)) throw new Error(`${way}: there are ${Object.keys(ways).join(', ')}`);
    this.firstSeed = seed;
    this.seed = seed;
    this.asked = asked.length > 0 ? asked : Object.keys(ways);
    this.doubles = doubles;
  }

  /** Compares up to so many programs, all of one seed; the next ones are of the next. */
  runSome(programs: number): void {
    const property = fc.property(trial, (one) => this.isSame(one));
    const result = fc.check(property, { seed: this.seed, numRuns: programs });
    if (result.failed) {
      const [found] = result.counterexample as [Trial];
      const differences = compare(found, this.asked)?.differences ?? {};
      this.failures.push({ seed: this.seed, trial: found, differences });
      console.error(JSON.stringify(this.failures.at(-1)));
    }
    this.seed += 1;
  }

  private isSame(one: Trial): boolean {
    const compared = compare(one, this.asked);
    if (compared === undefined) {
      this.tooLarge += 1;
      return true;
    }
    const { whole, differences, searches, traits } = compared;
    if (Object.keys(differences).length > 0) return false;
    this.compared += 1;
    this.states += whole.states;
    this.searches += searches;
    for (const trait of traits) this.counts.set(trait, (this.counts.get(trait) ?? 0) + 1);
    if (this.doubles) this.leaveOut(one, whole);
    return true;
  }

  private leaveOut(one: Trial, whole: Searched): void {
    for (const rule of this.alive()) {
      if (!isMissed(rule, one, whole)) continue;
      this.killed.set(rule, this.compared);
      this.onMissed?.(rule, one);
    }
  }

  /** Rules that no program has missed. */
  alive(): Rule[] {
    const rules = Object.keys(waysOf) as Rule[];
    return rules.filter((rule) => !this.killed.has(rule));
  }

  /** What must not be: disagreements, rules that nobody misses, and what hardly any program had. */
  wrong(): string[] {
    const rare = TRAITS.filter((trait) => this.shareOf(trait) < SHARE);
    return [
      ...this.failures.map(
        ({ seed, differences }) => `seed ${seed}: ${JSON.stringify(differences)}`,
      ),
      ...(this.doubles ? this.alive().map((rule) => `${rule}: left out, and nothing is lost`) : []),
      ...rare.map((trait) => `too few programs with ${trait}`),
    ];
  }

  private shareOf(trait: Trait): number {
    return (this.counts.get(trait) ?? 0) / Math.max(1, this.compared);
  }

  told(): string {
    const { compared, tooLarge, firstSeed, seed } = this;
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    return [
      `${compared} programs of seeds ${firstSeed} to ${seed - 1}, ${tooLarge} more were too large; ${this.asked.join(', ')}`,
      `${this.states} states searched whole; ${this.searches} reduced searches`,
      ...TRAITS.map((trait) => `${percent(this.shareOf(trait)).padStart(7)}  ${trait}`),
      ...[...this.killed].map(
        ([rule, at]) => `${String(at).padStart(7)}  programs until ${rule} was missed`,
      ),
      ...this.wrong().map((what) => `WRONG: ${what}`),
    ].join('\n');
  }
}
