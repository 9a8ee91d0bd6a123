import { eagerStep, type MakeStep, type Step, type Trained, update, type When } from '../core/step';
import { tidy } from '../core/tidy';
import type { Batch, Metrics, Outputs, Teacher } from '../core/types';
import type { Machine } from './machine';
import type { Graph } from './program/ir';
import { optimize } from './program/optimize';
import { Program } from './program/program';
import { type Given, givenOf, HostValues, padded, tracedLesson, type Values } from './step-inputs';
import { trace, Untraceable } from './trace';

/** Sizes of batch compiled for as they are (an epoch has two); further ones are padded to a multiple of a power of two. */
const SIZES = 3;

interface Compiled {
  readonly program: Program;
  readonly host: HostValues;
}

/**
 * Steps run as one program each: traced once for the shapes of a batch, then run with the values of every step. What
 * cannot be traced is run by tfjs, operation by operation, after one message that names it.
 */
export function compiledSteps(machine: Machine, notify: (message: string) => void): MakeStep {
  return (trained, teachers) => {
    const compiled = new Map<string, Compiled>();
    const eager = eagerStep(trained, teachers);
    let fallen = false;
    const step: Step = (batch, when, measure) => {
      if (fallen) return eager(batch, when, measure);
      return tidy(() => {
        const exact = givenOf(batch, signalsOf(batch, teachers));
        const many = !compiled.has(shapesOf(exact)) && compiled.size >= SIZES && separable(trained);
        const given = many ? padded(exact, bucketOf(batch.size)) : exact;
        const key = shapesOf(given);
        let found = compiled.get(key);
        if (found === undefined) {
          try {
            found = compileStep(machine, trained, teachers, given, when);
          } catch (error) {
            if (!(error instanceof Untraceable)) throw error;
            fallen = true;
            notify(`${trained.learner.name}: ${error.message}; its steps run operation by operation`);
            return eager(batch, when, measure);
          }
          compiled.set(key, found);
        }
        const inputs: Record<string, Values> = found.host.at(when);
        for (const [name, { values }] of Object.entries(given)) inputs[name] = values;
        return scalars(found.program.run(inputs), measure);
      });
    };
    return step;
  };
}

function compileStep(
  machine: Machine,
  trained: Trained,
  teachers: readonly Teacher[],
  given: Given,
  when: When,
): Compiled {
  const record = () => {
    const host = new HostValues(trained);
    const graph = trace((scope) => {
      const lesson = tracedLesson(scope, given, teachers);
      return update(trained, lesson, host.traced(scope, when));
    });
    return { host, graph };
  };
  const { host, graph } = record();
  assertRepeatable(graph, record().graph);
  return { host, program: Program.make(optimize(graph), machine) };
}

/**
 * A value made in JavaScript is a constant of the trace. Where a second trace finds another one, every run would repeat
 * the first. Throws Untraceable.
 */
function assertRepeatable(first: Graph, second: Graph): void {
  const same =
    first.nodes.length === second.nodes.length &&
    first.nodes.every(({ op, shape }, i) => {
      const other = second.nodes[i]!;
      if (op.kind !== other.op.kind || shape.join() !== other.shape.join()) return false;
      if (op.kind !== 'constant' || other.op.kind !== 'constant')
        return JSON.stringify(op) === JSON.stringify(other.op);
      const values = other.op.values;
      return op.values.every((value, k) => Object.is(value, values[k]));
    });
  if (!same)
    throw new Untraceable(
      'a value computed in JavaScript',
      'tracing the step twice gave two different programs: something in it is drawn or counted in JavaScript; ' +
        'use `draws`, a schedule or a variable for what changes from step to step',
    );
}

/** Whether an example of zero weight is as if it were not there. */
function separable({ learner: { objective, student } }: Trained): boolean {
  return objective.coupling === 'example' && student.coupling === 'example';
}

/** The next multiple of an eighth of the size's own power of two: at most an eighth more examples. */
function bucketOf(size: number): number {
  const unit = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, size))) / 8);
  return Math.max(1, Math.ceil(size / unit) * unit);
}

function signalsOf(batch: Batch, teachers: readonly Teacher[]): ReadonlyMap<number, Outputs> {
  return new Map(
    teachers.flatMap((teacher, i) => (teacher.lookup === true ? [[i, teacher.signal(batch)] as const] : [])),
  );
}

function shapesOf(given: Given): string {
  let key = '';
  for (const name in given) key += `${name}[${given[name]!.shape}]`;
  return key;
}

function scalars(outputs: Readonly<Record<string, Float32Array>>, measure: boolean): Metrics {
  if (!measure) return {};
  return Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, values[0]!]));
}
