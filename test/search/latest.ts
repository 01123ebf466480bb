/** The search that was run last, for a test that looks into it: whoever imports this has every search noted. */
import type { Outcomes } from 'heddle';
import { Search } from '../../src/search/search.ts';

export let latest: Search;
const { run } = Search.prototype;
Search.prototype.run = function (...how) {
  latest = this;
  return run.apply(this, how);
};

/** What it has ended with but for the time; with the state that each one was first met from, in order of discovery. */
export function withoutTime({ verdict, traces }: Outcomes) {
  const { seconds: _seconds, ...rest } = verdict;
  const { visited } = latest;
  const parents = Array.from({ length: visited.count }, (_, id) => visited.parent(id));
  return { verdict: rest, traces, parents };
}
