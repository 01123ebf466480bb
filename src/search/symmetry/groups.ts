/** What may be exchanged in a model: CPUs that run the same programs, and elements of a heap or of an array that references point into. */
import type { ViewPlan } from '../../machine/layout.ts';
import type { CompiledCpu, CompiledMachine } from '../../machine/machine.ts';

/** Things of one kind, each of which may take the place of each other. */
export interface Group {
  /** For people, and unique: `CPU0, CPU1`. */
  readonly name: string;
  /** `cpu`, or the name of a top-level heap or array. */
  readonly target: string;
  /** Indices of its members, ascending; at least two. */
  readonly members: readonly number[];
}

/** All that looks interchangeable; whether it is, is found out while searching (equivariance.ts). */
export function groupsOf(compiled: CompiledMachine): readonly Group[] {
  const groups: Group[] = [];
  for (const members of alike(compiled.cpus)) {
    const name = members.map((cpu) => compiled.cpus[cpu]?.name).join(', ');
    groups.push({ name, target: 'cpu', members });
  }
  const { layout } = compiled;
  const pointedInto = new Set(layout.cells.map(({ codec }) => codec.target));
  for (const [target, plan] of layout.root.members) {
    if (!('type' in plan) || target === 'cpu' || target === 'context') continue;
    if (plan.members.size < 2 || !isUnordered(plan, pointedInto.has(target))) continue;
    const members = [...plan.members.keys()].map(Number);
    groups.push({ name: members.map((at) => `${target}[${at}]`).join(', '), target, members });
  }
  return groups;
}

/** Whether nothing that is known of its elements beforehand tells one from the other. */
function isUnordered({ type }: ViewPlan, isPointedInto: boolean): boolean {
  if (type.kind === 'heap') return true;
  if (type.kind !== 'array' || type.length === 'cpus' || !isPointedInto) return false;
  // The low bits of an address are known in such an array, and may differ from element to element.
  return type.placed === undefined || type.placed.bytes % type.placed.aligned === 0;
}

/** CPUs that run the same programs, by set; kernel threads are none of them. */
function alike(cpus: readonly CompiledCpu[]): readonly (readonly number[])[] {
  const sets: number[][] = [];
  for (const cpu of cpus) {
    if (cpu.kind !== 'cpu') continue;
    const known = sets.find(([first]) => runsTheSame(cpus[first as number] as CompiledCpu, cpu));
    if (known === undefined) sets.push([cpu.index]);
    else known.push(cpu.index);
  }
  return sets.filter((set) => set.length > 1);
}

function runsTheSame(one: CompiledCpu, other: CompiledCpu): boolean {
  return one.slots.every((slot, level) => {
    const loaded = other.slots[level]?.loaded;
    return (
      one.handlers[level] === other.handlers[level] &&
      slot?.loaded.length === loaded?.length &&
      (slot?.loaded ?? []).every(({ program }, at) => program === loaded?.[at]?.program)
    );
  });
}
