import path from 'node:path';
import type { LoadedGraph } from '../../graphs/data/loaded-graph';
import type { GraphStatistics } from '../../graphs/data/statistics';
import { domainCommand } from '../../src/cli/domain-command';
import { KdlabError } from '../../src/core/errors';

interface Options {
  readonly dataset?: string;
  readonly edges?: string;
  readonly nodes?: string;
  readonly directed?: boolean;
  readonly dataDir?: string;
  readonly offline?: boolean;
  readonly largestComponent?: boolean;
  readonly json?: boolean;
}

interface Scale {
  readonly nodes: number;
  readonly edges: number;
  readonly features: number;
  readonly classes: number;
  readonly batch: number;
  readonly fanouts: number[];
  readonly hidden: number[];
  readonly steps: number;
  readonly tested: number;
  readonly seed: number;
  readonly folder?: string;
  readonly json?: boolean;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new KdlabError(`"${text}" is no whole number`);
  return number;
}

function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber);
}

const folder = ({ dataDir }: Pick<Options, 'dataDir'>) => (dataDir === undefined ? {} : { dataDir });

/** `kdlab graph list | fetch | stats | scale | table`. */
export default domainCommand({
  description:
    'graph data sets: list them, fetch one, count what is in it; training at scale; the published figures beside ours',
  register: (command) => {
    command
      .command('table')
      .description('every published figure of the graph recipes beside ours, and the students’ gains paired by seed')
      .option('--json', 'print one JSON object')
      .action(publishedTable);
    command
      .command('list')
      .description('graph data sets by name, and whether their files are on this machine')
      .option('--data-dir <folder>', 'where data sets are looked for first')
      .option('--json', 'print one JSON array')
      .action(list);
    command
      .command('fetch')
      .description('download the files of a graph data set and verify them')
      .argument('<dataset>')
      .option('--data-dir <folder>', 'where they go')
      .option('--json', 'print one JSON array')
      .action(fetch);
    command
      .command('stats')
      .description('nodes, edges, classes, components, homophily and the normalised adjacency of a graph')
      .option('--dataset <name>', 'see "kdlab graph list"')
      .option('--edges <file>', 'instead: a graph of your own, an edge a line')
      .option('--nodes <file>', 'its nodes: a table with the columns id, label, split (if any) and features')
      .option('--directed', 'keep the direction of these edges')
      .option('--data-dir <folder>', 'where data sets are looked for first')
      .option('--offline', 'never download data')
      .option('--largest-component', 'of the largest connected component only')
      .option('--json', 'print one JSON object')
      .action(stats);
    command
      .command('scale')
      .description('generate a large graph, train GraphSAGE on sampled neighbours, say what it took in time and memory')
      .option('--nodes <count>', 'default: as many as ogbn-products', wholeNumber, 2_449_029)
      .option('--edges <count>', 'undirected, each stored both ways', wholeNumber, 61_859_140)
      .option('--features <count>', 'of a node, kept in a file', wholeNumber, 100)
      .option('--classes <count>', '', wholeNumber, 47)
      .option('--batch <nodes>', 'that count in a step', wholeNumber, 512)
      .option('--fanouts <counts>', 'neighbours drawn, hop by hop', wholeNumbers, [10, 10])
      .option('--hidden <widths>', 'of the model', wholeNumbers, [128])
      .option('--steps <count>', 'of training', wholeNumber, 60)
      .option('--tested <nodes>', 'that were not trained on', wholeNumber, 5120)
      .option('--seed <number>', '', wholeNumber, 0)
      .option('--folder <folder>', 'where the features go while it runs')
      .option('--json', 'print one JSON object')
      .action(scale);
  },
});

async function list(options: Options): Promise<void> {
  const { isPresent, listGraphs } = await import('../../graphs/data/registry');
  const all = listGraphs().map((graph) => ({ ...graph, present: isPresent(graph.name, folder(options)) }));
  const width = Math.max(...all.map(({ name }) => name.length));
  const lines = all.map(
    ({ name, present, description, aliases }) =>
      `${name.padEnd(width)}  ${present ? 'present' : 'absent '}  ${description}` +
      `${aliases.length > 0 ? `; also ${aliases.join(', ')}` : ''}\n`,
  );
  process.stdout.write(options.json === true ? `${JSON.stringify(all)}\n` : lines.join(''));
}

async function fetch(name: string, options: Options): Promise<void> {
  const { fetchGraph } = await import('../../graphs/data/registry');
  const files = await fetchGraph(name, folder(options));
  const lines = files.map(({ file, status, path = '' }) => `${status.padEnd(7)}  ${file}  ${path}\n`);
  const text = files.length > 0 ? lines.join('') : `${name} is there; nothing of it is fetched\n`;
  process.stdout.write(options.json === true ? `${JSON.stringify(files)}\n` : text);
  if (files.some(({ status }) => status !== 'ok')) process.exitCode = 1;
}

async function stats(options: Options): Promise<void> {
  const { graphStatistics } = await import('../../graphs/data/statistics');
  const { largestComponent } = await import('../../graphs/transforms/components');
  const loaded = await load(options);
  const graph = options.largestComponent === true ? largestComponent(loaded.graph) : loaded.graph;
  const statistics = graphStatistics(graph);
  process.stdout.write(options.json === true ? `${JSON.stringify(statistics)}\n` : text(loaded, statistics));
}

async function scale(options: Scale): Promise<void> {
  const { graphScale } = await import('../parts/graph-scale');
  const { batch: batchSize, folder, json, ...rest } = options;
  const notify = (message: string) => process.stderr.write(`${message}\n`);
  const report = await graphScale({ ...rest, batchSize, labelled: 0.08, notify, ...(folder && { folder }) });
  const { graph, bytes, peakBytes, loss } = report;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
  const rows: readonly (readonly [string, string])[] = [
    ['graph', `${graph.nodes} nodes, ${graph.directedEdges} directed edges, largest degree ${graph.maxDegree}`],
    ['held', `${megabytes(bytes.structure)} rows, ${megabytes(bytes.labels + bytes.places)} labels and places`],
    ['on disk', `${megabytes(bytes.featuresOnDisk)} features`],
    ['generated', `in ${report.secondsToGenerate.toFixed(1)} s, peak ${megabytes(peakBytes.generated)}`],
    ['trained', `${report.steps} of ${report.stepsPerEpoch} steps an epoch, peak ${megabytes(peakBytes.trained)}`],
    [
      'time',
      `${report.secondsPerStep.toFixed(3)} s a step, ${report.secondsPerEpoch.toFixed(0)} s an epoch (${report.engine})`,
    ],
    [
      'learnt',
      `loss ${loss.first.toFixed(3)} to ${loss.last.toFixed(3)}, accuracy ${(100 * report.testAccuracy).toFixed(1)} %`,
    ],
  ];
  const text = rows.map(([name, value]) => `${name.padEnd(10)} ${value}\n`).join('');
  process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : text);
}

async function load(options: Options): Promise<LoadedGraph> {
  const { dataset, edges, nodes, directed = false } = options;
  if (dataset !== undefined && edges === undefined && nodes === undefined) {
    const { loadGraph } = await import('../../graphs/data/registry');
    const notify = (message: string) => process.stderr.write(`${message}\n`);
    return loadGraph(dataset, { ...folder(options), download: options.offline !== true, notify });
  }
  if (dataset !== undefined || edges === undefined || nodes === undefined)
    throw new KdlabError('name a graph with --dataset (see "kdlab graph list"), or its files with --edges and --nodes');
  const { loadEdgeList } = await import('../../graphs/data/edge-list');
  return loadEdgeList(path.basename(edges), { edges, nodes, directed });
}

function text({ graph, split, report, source }: LoadedGraph, statistics: GraphStatistics): string {
  const { normalizedAdjacency: normalized } = statistics;
  const rows: readonly (readonly [string, string | number])[] = [
    ['graph', `${graph.name} (${source})`],
    ['nodes', `${statistics.nodes}, ${report.isolated} of the graph without an edge`],
    ['edges', `${statistics.directedEdges} directed`],
    [
      'as listed',
      `${report.rawEntries} entries: ${report.duplicates} repeated, ${report.loops} loops dropped, ${report.mirrored} directions added`,
    ],
    ['components', statistics.components],
    ['largest degree', statistics.maxDegree],
    ['features', `${statistics.features}, ${statistics.featureNonZeros} not zero`],
    ['classes', `${statistics.classes}: ${statistics.classCounts.join(' ')}`],
    ['edge homophily', statistics.edgeHomophily?.toFixed(4) ?? 'no edge joins labelled nodes'],
    [
      'normalised',
      `${normalized.nonZeros} entries with self loops, sum ${normalized.sum.toFixed(4)}, Frobenius norm ${normalized.frobenius.toFixed(6)}`,
    ],
    [
      'split',
      split === undefined
        ? 'none published'
        : `${split.name}: ${split.train.length} train, ${split.validation.length} validation, ${split.test.length} test, SHA-256 ${split.hash}`,
    ],
    ['digest', graph.digest],
  ];
  return rows.map(([name, value]) => `${name.padEnd(15)} ${value}\n`).join('');
}

async function publishedTable({ json }: Options): Promise<void> {
  const { publishedRows, pairedRows } = await import('../results/published-table');
  const { graphRecipes } = await import('../parts/graph-recipes');
  const all = graphRecipes();
  const [published, gains] = [publishedRows(all), pairedRows(all)];
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ published, gains })}\n`);
    return;
  }
  const { table } = await import('../../src/cli/summary');
  const { formatP } = await import('../../src/compare/text');
  const percent = (value: number) => (100 * value).toFixed(2);
  const width = Math.max(...published.map(({ recipe }) => recipe.length));
  const figures = published.map(({ recipe, what, printed, figure, ours }) => [
    `${recipe.padEnd(width)}  ${what}`,
    figure.relation === 'equal' ? printed : `${figure.relation} ${percent(figure.value)}`,
    ours === undefined ? 'not measured' : `${percent(ours.mean)} ± ${percent(ours.std)}`,
    ours === undefined ? '' : `${ours.seeds}`,
    ours === undefined ? '' : ours.agrees ? '✓' : '✗',
  ]);
  const pairs = gains.map(({ recipe, over, result: { difference, tTest, signedRank, n }, tTestHolm }) => [
    recipe,
    over,
    `${percent(difference.mean)} [${percent(difference.low)}, ${percent(difference.high)}]`,
    `${n}`,
    ...[tTest, tTestHolm, signedRank].map(formatP),
  ]);
  process.stdout.write(
    `${table([['figure', 'published, %', 'ours, % ± std', 'seeds', 'agrees'], ...figures])}\n\n` +
      `${table([['recipe', 'the student over', 'points [95 %]', 'seeds', 't test p', 'Holm', 'signed-rank p'], ...pairs])}\n\n` +
      'Ours are kept in experiments/<recipe>/expected.json; "kdlab reproduce <recipe>" measures them again.\n',
  );
}
