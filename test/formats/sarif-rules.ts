/** The rules of SARIF 2.1.0 (OASIS, errata 01) for the objects that heddle writes, by section, as a JSON Schema: nothing beside them may occur. */

type Schema = Readonly<Record<string, unknown>>;

function object(properties: Readonly<Record<string, Schema>>, ...required: string[]): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const text = { type: 'string', minLength: 1 };
const list = (items: Schema, minItems = 0): Schema => ({ type: 'array', items, minItems });

/** 3.11, 3.12 */
const message = object({ text }, 'text');
/** 3.4: a valid URI reference; with a base it is relative. */
const artifactLocation = object(
  {
    uri: { type: 'string', pattern: "^([\\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+$" },
    uriBaseId: { const: '%SRCROOT%' },
  },
  'uri',
);
/** 3.29, 3.30: lines and columns count from 1. */
const physicalLocation = object(
  {
    artifactLocation,
    region: object(
      { startLine: { type: 'integer', minimum: 1 }, startColumn: { type: 'integer', minimum: 1 } },
      'startLine',
    ),
  },
  'artifactLocation',
);
const logicalLocation = object({ name: text, fullyQualifiedName: text });
/** 3.28 */
const location = object({
  ...{ id: { type: 'integer', minimum: -1 }, physicalLocation, message },
  logicalLocations: list(logicalLocation),
});
/** 3.38 */
const threadFlowLocation = object({
  location,
  state: { type: 'object', additionalProperties: message },
  nestingLevel: { type: 'integer', minimum: 0 },
  executionOrder: { type: 'integer', minimum: -1 },
  importance: { enum: ['important', 'essential', 'unimportant'] },
});
/** 3.36, 3.37 */
const codeFlow = object(
  {
    message,
    threadFlows: list(
      object({ id: text, message, locations: list(threadFlowLocation, 1) }, 'locations'),
      1,
    ),
  },
  'threadFlows',
);
/** 3.27; 3.27.10: a level other than `none` only for kind `fail`, which is the default. */
const result = {
  ...object(
    {
      ruleId: { type: 'string', pattern: '^[\\w./-]+$' },
      ruleIndex: { type: 'integer', minimum: 0 },
      kind: { enum: ['notApplicable', 'pass', 'fail', 'review', 'open', 'informational'] },
      level: { enum: ['none', 'note', 'warning', 'error'] },
      ...{
        message,
        locations: list(location),
        relatedLocations: list(location),
        codeFlows: list(codeFlow),
      },
      partialFingerprints: { type: 'object', additionalProperties: text },
      suppressions: list(
        object({ kind: { enum: ['inSource', 'external'] }, justification: text }, 'kind'),
      ),
      properties: { type: 'object' },
    },
    'message',
  ),
  if: { required: ['kind'], properties: { kind: { not: { const: 'fail' } } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: { properties: { level: { const: 'none' } } },
};
/** 3.19, 3.49 */
const driver = object(
  {
    ...{
      name: text,
      version: text,
      semanticVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
      informationUri: text,
    },
    rules: {
      ...list(object({ id: text, shortDescription: message, helpUri: text }, 'id')),
      uniqueItems: true,
    },
  },
  'name',
);
/** 3.20, 3.58 */
const invocation = object(
  {
    executionSuccessful: { type: 'boolean' },
    toolExecutionNotifications: list(
      object({ level: { enum: ['none', 'note', 'warning', 'error'] }, message }, 'message'),
    ),
  },
  'executionSuccessful',
);
/** 3.14 */
const run = object(
  {
    tool: object({ driver }, 'driver'),
    ...{ invocations: list(invocation), results: list(result) },
    columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
  },
  'tool',
);

/** 3.13 */
export const sarifRules = object(
  {
    $schema: { type: 'string', pattern: 'sarif-schema-2\\.1\\.0\\.json$' },
    version: { const: '2.1.0' },
    runs: list(run),
  },
  ...['version', 'runs'],
);
