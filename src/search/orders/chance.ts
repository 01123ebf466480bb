/** Numbers that look random and are the same for the same seed, on every machine. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export class Chance {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
  }

  /** A whole number from 0, below `count`. */
  below(count: number): number {
    return uniformInt(this.generator, 0, count - 1);
  }

  /** The numbers below `count`, shuffled. */
  permutation(count: number): number[] {
    const numbers = Array.from({ length: count }, (_, at) => at);
    for (let at = count - 1; at > 0; at -= 1) {
      const other = this.below(at + 1);
      [numbers[at], numbers[other]] = [numbers[other] as number, numbers[at] as number];
    }
    return numbers;
  }
}
