/** A mean with its 95 % interval, and how the interval was made. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Number of independent observations (episodes, test examples, seeds). */
  readonly n: number;
  readonly method: 'bootstrap' | 'wilson' | 'student-t';
}

/** A quantity without chance in it, such as an ε. */
export function exactly(value: number): Interval {
  return { mean: value, low: value, high: value, n: 1, method: 'bootstrap' };
}

/** What is known of one trained model at the end of a run. */
export interface ModelResult {
  /** `reference`: the student taught by the plain method that another is held against; `baseline`: taught by labels alone. */
  readonly role: 'teacher' | 'student' | 'reference' | 'baseline';
  readonly name: string;
  /** In one line: architecture and how it was trained. */
  readonly description: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly multiplyAdds: number;
  /** Milliseconds of one forward pass at batch 1 on the run's engine. */
  readonly latency: { readonly p50: number; readonly p95: number };
  /** By metric name, for example `return` or `testError`. */
  readonly metrics: Readonly<Record<string, Interval>>;
  /** Student and baseline against the teacher: `agreement`, `klToTeacher`. */
  readonly fidelity?: Readonly<Record<string, Interval>>;
  /** What it costs to answer, for example milliseconds for ten nodes. */
  readonly requests?: Readonly<Record<string, number>>;
  /** What the model cost to train, for example environment steps or updates. */
  readonly budget?: Readonly<Record<string, number>>;
}

/** One metric of every model by groups of examples that are alike in something. */
export interface Breakdown {
  readonly title: string;
  readonly metric: string;
  readonly groups: readonly {
    readonly label: string;
    readonly count: number;
    /** In the order of Results.models. */
    readonly values: readonly Interval[];
  }[];
}

/** Examples as points in the plane, coloured by class. */
export interface Scatter {
  readonly kind: 'scatter';
  readonly title: string;
  /** By the number a point ends with. */
  readonly classes: readonly string[];
  readonly panels: readonly {
    readonly title: string;
    /** x, y and the number of its class. */
    readonly points: readonly (readonly [number, number, number])[];
  }[];
}

/** How often an example of a row's class was taken for one of a column's. */
export interface Confusion {
  readonly kind: 'confusion';
  readonly title: string;
  readonly classes: readonly string[];
  readonly panels: readonly {
    readonly title: string;
    readonly role: ModelResult['role'];
    readonly counts: readonly (readonly number[])[];
  }[];
}

/** An axis of `Lines`. */
export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
  readonly min: number;
  readonly max: number;
}

/** Lines in the plane, panel beside panel on the same axes. */
export interface Lines {
  readonly kind: 'lines';
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Also draws y = x, where guessing lies. */
  readonly diagonal?: boolean;
  readonly panels: readonly {
    readonly title: string;
    readonly lines: readonly { readonly label: string; readonly points: readonly (readonly [number, number])[] }[];
  }[];
}

/** Small pictures side by side. */
export interface Images {
  readonly kind: 'images';
  readonly title: string;
  /** Height, width, channels (1 or 3). */
  readonly shape: readonly [number, number, number];
  /** Pixels 0 … 255, row by row, as base64. */
  readonly images: readonly string[];
}

/** A stated goal and whether this run met it. */
export interface Claim {
  readonly claim: string;
  readonly found: string;
  readonly met: boolean;
}

export interface Results {
  /** One sentence with the main numbers. */
  readonly headline: string;
  /** The metric the table leads with; a key of ModelResult.metrics. */
  readonly primaryMetric: string;
  readonly higherIsBetter: boolean;
  readonly models: readonly ModelResult[];
  readonly claims: readonly Claim[];
  readonly breakdowns?: readonly Breakdown[];
  readonly drawings?: readonly (Scatter | Confusion | Lines | Images)[];
  /** What a reader must know to judge the numbers: what an interval covers, what was reduced. */
  readonly notes: readonly string[];
}

/** What each model is called within its run: its role, followed by its name where several have that role. */
export function keysOf(models: readonly Pick<ModelResult, 'role' | 'name'>[]): string[] {
  const alone = (role: string) => models.filter((model) => model.role === role).length === 1;
  return models.map(({ role, name }) => (alone(role) ? role : `${role} ${name}`));
}
