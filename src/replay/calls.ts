/** Which call of a function a step belongs to: two calls one after the other are told apart, a loop within one is not. */
export class Calls {
  private readonly open = new Map<string, number[]>();
  private next = 1;

  /**
   * The calls a step is in, by number, from the outermost. `notes` are what the engine kept: calls (1), the step (0), returns (-1).
   * `starts`: the context begins with this step. `depth`: functions the step is in.
   */
  at(context: string, notes: readonly number[], starts: boolean, depth: number): number[] {
    const calls = starts ? [] : (this.open.get(context) ?? []);
    this.open.set(context, calls);
    const own = notes.indexOf(0);
    this.apply(calls, own === -1 ? notes : notes.slice(0, own));
    // No note has told of what was open before the first step: the outermost.
    while (calls.length < depth) {
      calls.unshift(this.next);
      this.next += 1;
    }
    const here = calls.slice(0, depth);
    if (own !== -1) this.apply(calls, notes.slice(own + 1));
    return here;
  }

  private apply(calls: number[], notes: readonly number[]): void {
    for (const note of notes) {
      if (note === 1) this.enter(calls);
      else calls.pop();
    }
  }

  private enter(calls: number[]): void {
    calls.push(this.next);
    this.next += 1;
  }
}
