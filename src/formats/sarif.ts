/** SARIF 2.1.0: what is violated, at its line of the model, with the schedule as a code flow. */
import { VERSION } from '../design/version.ts';
import { laneName, type Trace, type TraceStep } from '../replay/trace.ts';
import type { PropertyVerdict } from '../search/verdict.ts';
import { type EndedCheck, type PlaceInFile, slugOf, surpriseOf } from './ended.ts';

type Json = Readonly<Record<string, unknown>>;

/** A rule with what is known of it, and the results that it has. */
interface Found {
  readonly rule: { readonly id: string; readonly about: string };
  readonly result: Json;
}

const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * A run as a SARIF log. Every violated property is a result, at the place of its last step: an error where it is a surprise, else a note
 * that is suppressed, for the check declares it. So are vacuous properties, mistakes (rule: the slug of the error) and, of kind `open`,
 * checks that a bound ended. Places are relative to `%SRCROOT%`.
 * @example
 * writeFileSync('heddle.sarif', sarifLog(ended));
 */
export function sarifLog(checks: readonly EndedCheck[]): string {
  const found = checks.flatMap(resultsOf);
  const rules = rulesOf(found);
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'heddle', semanticVersion: VERSION, version: VERSION, rules } },
        invocations: [invocation(checks)],
        columnKind: 'utf16CodeUnits',
        results: found.map(({ rule, result }) => ({
          ruleId: rule.id,
          ruleIndex: rules.findIndex(({ id }) => id === rule.id),
          ...result,
        })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 1)}\n`;
}

function rulesOf(found: readonly Found[]): { readonly id: string }[] {
  const rules = new Map<string, { readonly id: string }>();
  for (const { rule } of found) {
    if (rules.has(rule.id)) continue;
    rules.set(rule.id, { id: rule.id, ...{ shortDescription: { text: rule.about } } });
  }
  return [...rules.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

function invocation(checks: readonly EndedCheck[]): Json {
  const notifications = checks
    .filter(({ standing }) => standing === 'bug' || standing === 'not_started')
    .map(({ check, standing, line }) => ({
      level: standing === 'bug' ? 'error' : 'note',
      message: message(`${check}: ${line}`),
    }));
  return {
    executionSuccessful: notifications.length === 0,
    ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
  };
}

function resultsOf(ended: EndedCheck): Found[] {
  const { outcomes, standing } = ended;
  if (outcomes === undefined) return [];
  const { verdict, traces } = outcomes;
  if (verdict.error !== undefined) {
    const { code, fact, reason, next } = verdict.error;
    const text = `${ended.check}: ${fact}\n${reason}\nnext: ${next}`;
    return [made(ended, code, reason, 'error', text)];
  }
  const found = verdict.properties.flatMap((property) => {
    const trace = traces.find(({ property: name }) => name === property.name);
    return ofProperty(ended, property, trace);
  });
  if (standing !== 'incomplete' && standing !== 'allowed') return found;
  const about = 'A bound ended the search before all schedules were visited.';
  const open = made(ended, 'incomplete', about, 'none', `${ended.check}: ${ended.line}`);
  return [...found, { ...open, result: { ...open.result, kind: 'open' } }];
}

function ofProperty(
  ended: EndedCheck,
  property: PropertyVerdict,
  trace: Trace | undefined,
): Found[] {
  const { id, kind, name, verdict, ok, finding, surprise, known } = property;
  if (verdict === 'incomplete' || (ok && verdict !== 'violated')) return [];
  const about = kind === 'facility' ? `What ${name} watches for.` : name;
  const said = finding === undefined || finding.message === '' ? '' : `\n${finding.message}`;
  const why = trace?.explanation === undefined ? '' : `\n${trace.explanation.words}`;
  const schedule = property.schedule === undefined ? '' : `\nschedule: ${property.schedule}`;
  const text = `${ended.check}: ${ok ? `${name}: violated as declared` : surpriseOf(property)}${said}${why}${schedule}`;
  const level = ok ? 'note' : 'error';
  const one = made(ended, slugOf(id), about, level, text, trace, id);
  const declared = {
    kind: 'inSource',
    justification: known ?? 'The check declares this violation.',
  };
  return [
    {
      ...one,
      result: {
        ...one.result,
        ...(ok ? { suppressions: [declared] } : {}),
        properties: {
          check: ended.check,
          property: name,
          verdict,
          ...(surprise === undefined ? {} : { surprise }),
          ...(property.schedule === undefined ? {} : { schedule: property.schedule }),
          ...(property.initial === undefined ? {} : { initial: property.initial }),
        },
      },
    },
  ];
}

function made(
  ended: EndedCheck,
  ruleId: string,
  about: string,
  level: string,
  text: string,
  trace?: Trace,
  id = ruleId,
): Found {
  const declared = ended.place;
  const last = trace === undefined ? undefined : lastPlace(ended, trace);
  const place = last ?? declared;
  const isElsewhere = last !== undefined && declared !== undefined;
  const result = {
    level,
    message: message(text),
    ...(place === undefined ? {} : { locations: [{ physicalLocation: physical(place) }] }),
    ...(isElsewhere
      ? {
          relatedLocations: [
            { id: 0, physicalLocation: physical(declared), message: message('the check') },
          ],
        }
      : {}),
    partialFingerprints: { 'checkAndProperty/v1': `${ended.check}#${id}` },
    ...(trace === undefined || trace.steps.length === 0
      ? {}
      : { codeFlows: flowsOf(ended, trace) }),
  };
  return { rule: { id: ruleId, about }, result };
}

/** Where the last step is written that any file of the user's says. */
function lastPlace({ placeOf }: EndedCheck, { steps }: Trace): PlaceInFile | undefined {
  const last = steps.at(-1);
  return last === undefined ? undefined : placeOf?.(last);
}

/** The schedule twice: as one list in its order, and with a thread for each CPU, whose steps know their place in that order. */
function flowsOf(ended: EndedCheck, trace: Trace): Json[] {
  const steps = trace.steps.map((step, index) => locationOf(ended, trace, step, index));
  const cpus = trace.cpus.flatMap((name, cpu) => {
    const locations = steps.filter((_, index) => trace.steps[index]?.cpu === cpu);
    return locations.length === 0 ? [] : [{ id: name, locations }];
  });
  const schedule = { id: 'schedule', message: message(trace.schedule), locations: steps };
  return [
    { message: message('in the order of the schedule'), threadFlows: [schedule] },
    ...(cpus.length > 1 ? [{ message: message('CPU by CPU'), threadFlows: cpus }] : []),
  ];
}

function locationOf(ended: EndedCheck, trace: Trace, step: TraceStep, index: number): Json {
  const place = ended.placeOf?.(step);
  const changes = [...step.changes, ...step.locals];
  const isBad = step.findings.length > 0 || index === trace.steps.length - 1;
  return {
    location: {
      ...(place === undefined ? {} : { physicalLocation: physical(place) }),
      ...(step.stack.length === 0
        ? {}
        : {
            logicalLocations: [
              { name: step.stack.at(-1), fullyQualifiedName: step.stack.join('/') },
            ],
          }),
      message: message(`${laneName(trace.cpus, step)}: ${step.label}`),
    },
    ...(changes.length === 0
      ? {}
      : {
          state: Object.fromEntries(changes.map(({ path, after }) => [path, { text: after }])),
        }),
    nestingLevel: Math.max(0, step.stack.length - 1),
    executionOrder: index + 1,
    importance: isBad ? 'essential' : 'important',
  };
}

/** Braces are placeholders of a message unless they are doubled. */
function message(text: string): Json {
  return { text: text.replace(/[{}]/g, '$&$&') };
}

function physical({ file, line, column }: PlaceInFile): Json {
  const uri = file.split('/').map(encodeURIComponent).join('/');
  return {
    artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
    region: { startLine: line, startColumn: column },
  };
}
