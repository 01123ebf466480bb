/** heddle: a model checker for concurrent kernel-style designs. */
export * from './design/builder.ts';
export {
  type Bounds,
  type Check,
  type CheckOptions,
  check,
  type Expectation,
  type GoldenTrace,
  propertyId,
} from './design/check.ts';
export { HeddleError, type Slug } from './design/errors.ts';
export { type Machine, type MachineOptions, machine, type StateOf } from './design/machine.ts';
export {
  type Cpu,
  cpu,
  type Model,
  type ModelOptions,
  model,
  type RcuOptions,
} from './design/model.ts';
export type { Context, ContextName, Facility, FacilityMode, Finding } from './design/processor.ts';
export type { AnyFn, Fn, Node, Nodes, StepNode } from './design/program.ts';
export * from './design/property.ts';
export * from './design/schema.ts';
export * from './kernel/access.ts';
export * from './kernel/atomic.ts';
export * from './kernel/bitops.ts';
export * from './kernel/bug.ts';
export {
  ipi_sync,
  local_bh_disable,
  local_bh_enable,
  local_irq_restore,
  local_irq_save,
  might_sleep,
  preempt_disable,
  preempt_enable,
} from './kernel/context.ts';
export * from './kernel/heap.ts';
export * from './kernel/list.ts';
export * from './kernel/mm.ts';
export * from './kernel/rcu.ts';
export * from './kernel/refcount.ts';
export * from './kernel/spinlock.ts';
export * from './kernel/word.ts';
export { type Config, defineConfig } from './load/config.ts';
export type { Move } from './machine/moves.ts';
export { Cursor, type NamedMove, walk } from './replay/cursor.ts';
export type { Belief, Critical, Explanation, OrderCount, Ordered } from './replay/explanation.ts';
export { formatSchedule, parseSchedule } from './replay/schedule.ts';
export type { Access, Change, Trace, TraceStep } from './replay/trace.ts';
export {
  type Alternative,
  type AlternativesOptions,
  alternativesAlong,
  alternativesAt,
} from './search/alternatives.ts';
export { type ExplainOptions, explain, explained } from './search/explain.ts';
export { type ExploreOptions, explore } from './search/explore.ts';
export { type Estimate, type EstimateOptions, estimate } from './search/orders/estimate.ts';
export type { Order } from './search/orders/order.ts';
export type { StoreChoice } from './search/stores/choice.ts';
export type * from './search/verdict.ts';
export { replay, replayLabels } from './search/witness.ts';
