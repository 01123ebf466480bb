/** The rules of the repository, as pure functions from files to findings. */
import { posix } from 'node:path';
import ts from 'typescript';

/** A file of the repository: its path from the root, with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What is wrong, as `path:line: sentence`. */
export type Finding = string;

/** Which folders of src/ a folder may import, besides itself (docs/architecture.md, "The layout"). */
export const layers: Readonly<Record<string, readonly string[]>> = (() => {
  const search = ['design', 'machine', 'replay'];
  const report = [...search, 'search'];
  const load = [...report, 'report', 'formats'];
  const session = [...load, 'load'];
  const rim = [...session, 'session'];
  return {
    design: [],
    kernel: ['design'],
    machine: ['design'],
    replay: ['design', 'machine'],
    search,
    report,
    formats: report,
    load,
    session,
    fleet: rim,
    debug: rim,
    server: rim,
    vitest: rim,
    cli: [...rim, 'fleet', 'debug', 'server', 'vitest'],
    browser: [...report, 'report'],
  };
})();

/** No disk, clock, environment or randomness here. */
const pureLayers = ['design', 'kernel', 'machine', 'replay', 'search', 'report', 'formats'];

/** Files of pure layers that may start threads. */
const threadStarters = /^src\/search\/(team|worker)(\.ts$|[-/])/;

/** Folders of src/ below the layers. */
const nestedFolders = [
  'search/inner',
  'search/inner/assembly',
  'search/mutants',
  'search/orders',
  'search/reduce',
  'search/stores',
  'search/symmetry',
  'search/team',
  'report/page',
];

/** Files of src/ that stand beside the layers. */
const doors = ['src/index.ts', 'src/vitest.ts'];

/** Longer files of src/, each with its own limit in lines and the reason. */
export const longFiles: Readonly<Record<string, { readonly lines: number; readonly why: string }>> =
  {};

const maxFileLines = 450;
const maxColumns = { src: 140, test: 160 } as const;

/** Words that have a better one in this project, refused in the names that src/ declares and in file names. */
const bannedNames: Readonly<Record<string, string>> = {
  spec: 'check',
  scenario: 'check',
  transition: 'step',
  action: 'step',
  behavior: 'schedule',
  behaviour: 'schedule',
  interleaving: 'schedule',
  actor: 'cpu',
  invariant: 'property',
  assertion: 'property',
};

/** As above, but only where models are run: elsewhere an event of Node or of a page is a different idea. */
const bannedNamesWherePure: Readonly<Record<string, string>> = { event: 'step' };

/** Folder and file names that say nothing. */
const emptyNames = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'core', 'lib'];

/** Reading the world outside, as dotted names. */
const impureNames =
  /^(process|console|performance|fetch|setTimeout|setInterval|setImmediate|Math\.random|Date\.now|globalThis\.process)$/;

// --- Imports -----------------------------------------------------------------------------------------------------------------

interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Every module that a file names: import, export from, import() in code and in types. */
export function importsOf(file: SourceFile): readonly Import[] {
  const source = parse(file);
  const found: Import[] = [];
  const add = (node: ts.Node | undefined) => {
    if (node && ts.isStringLiteralLike(node)) {
      found.push({ specifier: node.text, line: lineOf(source, node) });
    }
  };
  visit(source, (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0]);
    }
  });
  return found;
}

/** Imports run one way only, and src/ never imports itself by name or through its door. */
export function checkLayers(files: readonly SourceFile[]): Finding[] {
  return under(files, 'src/').flatMap((file) => {
    if (file.path === 'src/index.ts') return [];
    const from = layerOf(file.path);
    if (from === undefined) return [];
    const allowed = [from, ...(layers[from] ?? [])];
    return importsOf(file).flatMap(({ specifier, line }) => {
      if (isSelf(specifier))
        return [`${file.path}:${line}: src/ imports its own files, not 'heddle'`];
      if (!isRelative(specifier)) return [];
      const target = resolve(file.path, specifier);
      if (target === 'package.json') return [];
      const to = layerOf(target);
      if (to !== undefined && allowed.includes(to)) return [];
      return [
        `${file.path}:${line}: ${from} may not import ${target} (only ${allowed.join(', ')})`,
      ];
    });
  });
}

/** src/index.ts re-exports, nothing else. */
export function checkDoor(files: readonly SourceFile[]): Finding[] {
  return files
    .filter((file) => file.path === 'src/index.ts')
    .flatMap((file) => {
      const source = parse(file);
      return source.statements
        .filter((node) => !ts.isExportDeclaration(node) || node.moduleSpecifier === undefined)
        .map((node) => `${file.path}:${lineOf(source, node)}: the door re-exports, nothing else`);
    });
}

/** What the page is built of, and nobody who installs the package needs. */
const builtIn = 'src/browser/';

/** A dependency is declared, and imported in one file only. Whether it is imported at all is knip's question. */
export function checkDependencies(
  files: readonly SourceFile[],
  declared: readonly string[],
): Finding[] {
  const importers = new Map<string, Set<string>>();
  for (const file of under(files, 'src/')) {
    for (const { specifier } of importsOf(file)) {
      if (isRelative(specifier) || isSelf(specifier) || specifier.startsWith('node:')) continue;
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      importers.set(name, (importers.get(name) ?? new Set()).add(file.path));
    }
  }
  return [...importers].flatMap(([name, paths]) => {
    const first = [...paths][0];
    const isBuiltIn = [...paths].every((path) => path.startsWith(builtIn));
    if (!declared.includes(name) && !isBuiltIn)
      return [`${first}:1: ${name} is no dependency of the package`];
    if (paths.size === 1) return [];
    return [
      `${first}:1: ${name} is imported in ${paths.size} files: ${[...paths].sort().join(', ')}`,
    ];
  });
}

/** Models import the package and models; checks also checks; the oracle nothing that it is to judge. */
export function checkOutsideImports(files: readonly SourceFile[]): Finding[] {
  const rules = [
    { who: 'models/', folders: ['models/'] },
    { who: 'checks/', folders: ['checks/', 'models/'] },
  ];
  const findings = rules.flatMap(({ who, folders }) =>
    under(files, who).flatMap((file) =>
      importsOf(file).flatMap(({ specifier, line }) => {
        if (specifier === 'heddle') return [];
        const target = isRelative(specifier) ? resolve(file.path, specifier) : specifier;
        if (isRelative(specifier) && folders.some((folder) => target.startsWith(folder))) return [];
        return [
          `${file.path}:${line}: ${who} imports 'heddle' and ${folders.join(', ')}, not ${target}`,
        ];
      }),
    ),
  );
  // The translator and the tests know both sides; the explorer knows one.
  const oracle = under(files, 'test/oracle/').filter(
    (file) => !/(\.test|\/translate)\.ts$/.test(file.path),
  );
  for (const file of oracle) {
    for (const { specifier, line } of importsOf(file)) {
      const target = isRelative(specifier) ? resolve(file.path, specifier) : specifier;
      if (isSelf(specifier) || /^(src|dist)\//.test(target)) {
        findings.push(
          `${file.path}:${line}: the oracle imports nothing of what it judges: ${target}`,
        );
      }
    }
  }
  return findings;
}

// --- Purity and names --------------------------------------------------------------------------------------------------------

/** The pure layers touch no disk, clock, environment or randomness. */
export function checkPurity(files: readonly SourceFile[]): Finding[] {
  const pure = under(files, 'src/').filter((file) => pureLayers.includes(layerOf(file.path) ?? ''));
  return pure.flatMap((file) => {
    if (threadStarters.test(file.path)) return [];
    const findings = importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .map(({ specifier, line }) => `${file.path}:${line}: a pure layer imports ${specifier}`);
    const source = parse(file);
    visit(source, (node) => {
      const outer = ts.isPropertyAccessExpression(node.parent ?? node) && node.parent !== undefined;
      const name = ts.isPropertyAccessExpression(node)
        ? node.getText(source)
        : ts.isIdentifier(node) && !isName(node) && !(outer && isMember(node))
          ? node.text
          : '';
      if (impureNames.test(name) || isBareDate(node)) {
        findings.push(
          `${file.path}:${lineOf(source, node)}: a pure layer uses ${name || 'new Date()'}`,
        );
      }
    });
    return findings;
  });
}

/** No shipped design is named in src/. Comments may cite where a kernel word is defined, as `arch/s390/…`. */
export function checkDesignNames(files: readonly SourceFile[]): Finding[] {
  return under(files, 'src/').flatMap((file) =>
    matches(file, /s390|powerpc|pgtable/gi, (line, at) => !line.slice(0, at).endsWith('arch/')),
  );
}

/** One word per idea, in the names that src/ declares and in the names of files. */
export function checkWords(files: readonly SourceFile[]): Finding[] {
  const inNames = under(files, 'src/').flatMap((file) => {
    const pure = pureLayers.includes(layerOf(file.path) ?? '');
    const banned = pure ? { ...bannedNames, ...bannedNamesWherePure } : bannedNames;
    const source = parse(file);
    const findings: Finding[] = [];
    visit(source, (node) => {
      if (!ts.isIdentifier(node) || !isName(node)) return;
      for (const word of wordsOf(node.text)) {
        const better = banned[word] ?? banned[word.replace(/s$/, '')];
        if (better !== undefined) {
          findings.push(
            `${file.path}:${lineOf(source, node)}: ${node.text}: say '${better}', not '${word}'`,
          );
        }
      }
    });
    return findings;
  });
  const inPaths = files.flatMap(({ path }) => {
    if (!/^(src|test|models|checks|docs)\//.test(path)) return [];
    return path
      .replace(/\.[^/]*$/, '')
      .split('/')
      .flatMap((part) =>
        emptyNames.includes(part) ? [part] : wordsOf(part).filter((w) => w in bannedNames),
      )
      .map((word) => `${path}:1: '${word}' in a file name`);
  });
  return [...inNames, ...inPaths];
}

/** No promises left in the text, and no path of somebody's machine. */
export function checkText(files: readonly SourceFile[]): Finding[] {
  const promise = new RegExp(
    `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b[:( ]`,
    'g',
  );
  const machinePath = /(?<![\w.~@*-])\/(home|work|root|Users)\/[\w.]/g;
  return files.flatMap((file) => [...matches(file, promise), ...matches(file, machinePath)]);
}

/** src/ has no default exports. */
export function checkDefaultExports(files: readonly SourceFile[]): Finding[] {
  return under(files, 'src/').flatMap((file) => {
    const source = parse(file);
    const findings: Finding[] = [];
    visit(source, (node) => {
      const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
      const isDefault =
        (ts.isExportAssignment(node) && !node.isExportEquals) ||
        modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ||
        (ts.isExportSpecifier(node) && node.name.text === 'default');
      if (isDefault) findings.push(`${file.path}:${lineOf(source, node)}: a default export`);
    });
    return findings;
  });
}

// --- Size and place ----------------------------------------------------------------------------------------------------------

/** Lines fit a screen, files of src/ are one idea. */
export function checkSizes(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) => {
    const area = file.path.startsWith('src/')
      ? 'src'
      : file.path.startsWith('test/')
        ? 'test'
        : undefined;
    if (area === undefined || !file.path.endsWith('.ts')) return [];
    const lines = file.text.split('\n');
    const findings = lines.flatMap((line, index) =>
      line.length > maxColumns[area]
        ? [`${file.path}:${index + 1}: ${line.length} columns, at most ${maxColumns[area]}`]
        : [],
    );
    const limit = longFiles[file.path]?.lines ?? maxFileLines;
    const length = file.text.endsWith('\n') ? lines.length - 1 : lines.length;
    if (area === 'src' && length > limit)
      findings.push(`${file.path}:1: ${length} lines, at most ${limit}`);
    return findings;
  });
}

/** src/ has the folders of the layout, and only its doors beside them. */
export function checkPlaces(files: readonly SourceFile[]): Finding[] {
  return under(files, 'src/').flatMap(({ path }) => {
    const folder = posix.dirname(path).slice('src/'.length);
    const known =
      folder === ''
        ? doors.includes(path)
        : nestedFolders.includes(folder) || (folder in layers && folder !== 'vitest');
    return known ? [] : [`${path}:1: not a place of the layout`];
  });
}

// --- Reading -----------------------------------------------------------------------------------------------------------------

const parsed = new WeakMap<SourceFile, ts.SourceFile>();

function parse(file: SourceFile): ts.SourceFile {
  let source = parsed.get(file);
  if (source === undefined) {
    source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
    parsed.set(file, source);
  }
  return source;
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Whether this identifier is a name being declared, and not the use of one declared elsewhere. */
function isName(node: ts.Identifier): boolean {
  const parent = node.parent as ts.Node & { readonly name?: ts.Node };
  return (
    parent.name === node && !ts.isPropertyAccessExpression(parent) && !ts.isImportSpecifier(parent)
  );
}

function isMember(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

function isBareDate(node: ts.Node): boolean {
  return (
    ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length
  );
}

/** `nextStepIndex` and `next_step_index` as lower-case words. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

function matches(
  file: SourceFile,
  pattern: RegExp,
  counts = (_line: string, _at: number) => true,
): Finding[] {
  return file.text
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(pattern)]
        .filter((match) => counts(line, match.index))
        .map((match) => `${file.path}:${index + 1}: '${match[0].trim()}' does not belong here`),
    );
}

function under(files: readonly SourceFile[], folder: string): readonly SourceFile[] {
  return files.filter((file) => file.path.startsWith(folder) && /\.tsx?$/.test(file.path));
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

function isSelf(specifier: string): boolean {
  return specifier === 'heddle' || specifier.startsWith('heddle/');
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

/** `src/search/reduce/x.ts` is in search; `src/vitest.ts` is a layer of its own; `src/index.ts` is in none. */
function layerOf(path: string): string | undefined {
  if (path === 'src/vitest.ts') return 'vitest';
  const folder = /^src\/([^/]+)\//.exec(path)?.[1];
  return folder !== undefined && folder in layers ? folder : undefined;
}
