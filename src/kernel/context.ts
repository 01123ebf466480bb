/** Masking and contexts of a CPU (include/linux/irqflags.h, bottom_half.h, preempt.h, Linux 6.1). */
import type { Macro } from '../design/builder.ts';
import { type Nesting, processor } from '../design/processor.ts';
import type { StepNode } from '../design/program.ts';

export function masking(name: string, what: Nesting, by: 1 | -1): Macro<void> {
  return { kind: 'macro', name, expand: () => [maskStep(name, what, by)] };
}

/** One step that nests or unnests a mask of this CPU; no shared memory is touched. */
export function maskStep(label: string, what: Nesting, by: 1 | -1): StepNode {
  return {
    kind: 'step',
    form: 'step',
    label,
    effect: () => processor().nest(what, by),
    core: true,
    uses: [what],
    place: {},
  };
}

/**
 * `local_irq_save()`: interrupts off on this CPU, nested; also keeps softirqs out and counts as an
 * RCU reader.
 */
export const local_irq_save = masking('local_irq_save', 'irq', 1);
/** `local_irq_restore()`: undoes one `local_irq_save`; at the outermost, a pending IPI is taken. */
export const local_irq_restore = masking('local_irq_restore', 'irq', -1);
/** `local_bh_disable()`: softirqs off on this CPU, nested. */
export const local_bh_disable = masking('local_bh_disable', 'bh', 1);
/** `local_bh_enable()`: undoes one `local_bh_disable`; softirqs may run right after. */
export const local_bh_enable = masking('local_bh_enable', 'bh', -1);
/**
 * `preempt_disable()`: counts as an RCU reader and forbids sleeping. Left out: the scheduler
 * itself, for a CPU runs one task here.
 */
export const preempt_disable = masking('preempt_disable', 'preempt', 1);
/** `preempt_enable()`. */
export const preempt_enable = masking('preempt_enable', 'preempt', -1);

/**
 * `might_sleep()` (include/linux/kernel.h): a report where the caller holds a spinlock or runs
 * masked or in interrupt context.
 */
export const might_sleep: Macro<void> = {
  kind: 'macro',
  name: 'might_sleep',
  expand: () => [
    {
      kind: 'step',
      form: 'step',
      label: 'might_sleep',
      core: true,
      effect: () => checkMaySleep('might_sleep'),
      place: {},
    },
  ],
};

/** Reports `what` as sleeping in atomic context where it is. */
export function checkMaySleep(what: string): void {
  const reason = processor().mayNotSleep();
  if (reason === undefined) return;
  const facility = reason === 'inside rcu_read_lock' ? 'RCU' : 'LOCKDEP';
  processor().report(facility, 'sleep-in-atomic', what, `${what} sleeps ${reason}`);
}

/**
 * `tlb_remove_table_sync_one()` (mm/mmu_gather.c): interrupts every other CPU and waits until each
 * has taken it. It waits for regions with interrupts off, not for rcu_read_lock readers. Two steps:
 * send, wait.
 */
export const ipi_sync: Macro<void> = {
  kind: 'macro',
  name: 'ipi_sync',
  expand: () => [
    {
      kind: 'step',
      form: 'step',
      label: 'send IPI to all other CPUs',
      core: true,
      uses: ['ipi', 'irq'],
      effect: () => {
        const cpu = processor();
        if (cpu.nesting('irq') > 0) {
          cpu.report('LOCKDEP', 'ipi-with-irqs-off', 'ipi_sync', 'IPI sync with interrupts off');
        }
        cpu.beginWait('ipi');
      },
      place: {},
    },
    {
      kind: 'step',
      form: 'until',
      label: 'all other CPUs took the IPI',
      core: true,
      guard: () => processor().waitOver('ipi'),
      place: {},
    },
  ],
};
