import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

/* Runs the tests that tfjs-core ships: Jasmine files, written as ES modules. */

interface Expectation {
  readonly message: string;
}
interface Outcome {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  readonly failedExpectations: readonly Expectation[];
}
interface JasmineEnv {
  configure(options: { random: boolean; specFilter: (spec: { getFullName(): string }) => boolean }): void;
  clearReporters(): void;
  addReporter(reporter: { specDone(result: Outcome): void }): void;
  execute(): Promise<unknown>;
}
interface JasmineCore {
  core(require: JasmineCore): { getEnv(): JasmineEnv };
  interface(jasmine: unknown, env: JasmineEnv): Record<string, unknown>;
}

type Loader = (module: NodeJS.Module & { _compile(code: string, file: string): void }, file: string) => void;

const root = path.dirname(require.resolve('@tensorflow/tfjs-core/package.json'));

/** Lets `require` load the ES modules below tfjs-core/dist. Returns a function that ends it. */
function loadModules(): () => void {
  const extensions = (Module as unknown as { _extensions: Record<string, Loader> })._extensions;
  const before = extensions['.js']!;
  extensions['.js'] = (module, file) => {
    if (!file.startsWith(path.join(root, 'dist')) || file.endsWith('.node.js')) return before(module, file);
    const { outputText } = ts.transpileModule(fs.readFileSync(file, 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, allowJs: true },
    });
    module._compile(outputText, file);
  };
  return () => {
    extensions['.js'] = before;
  };
}

/**
 * Runs files of tfjs-core/dist (`ops/add_test.js`) against a backend. Resolves to the outcome of each test by its name.
 * Specs whose name holds one of `without` are left out.
 */
export async function runTfjsTests(
  backendName: string,
  files: readonly string[],
  without: readonly string[] = [],
): Promise<Map<string, { passed: boolean; message: string }>> {
  const load = createRequire(path.join(root, 'package.json'));
  const required = createRequire(__filename)('jasmine-core/lib/jasmine-core/jasmine.js') as JasmineCore;
  const jasmine = required.core(required);
  const env = jasmine.getEnv();
  Object.assign(globalThis, required.interface(jasmine, env), { jasmine });
  const done = loadModules();
  const outcomes = new Map<string, { passed: boolean; message: string }>();
  try {
    const { setTestEnvs } = load('./dist/jasmine_util.js') as { setTestEnvs(envs: readonly object[]): void };
    setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);
    for (const file of files) load(`./dist/${file}`);
    env.configure({ random: false, specFilter: (spec) => !without.some((part) => spec.getFullName().includes(part)) });
    env.clearReporters();
    env.addReporter({
      specDone: ({ fullName, status, failedExpectations }) => {
        if (status !== 'passed' && status !== 'failed') return;
        const message = failedExpectations.map((expectation) => expectation.message).join('\n');
        outcomes.set(fullName, { passed: status === 'passed', message });
      },
    });
    await env.execute();
  } finally {
    done();
  }
  return outcomes;
}
