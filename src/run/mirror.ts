import path from 'node:path';
import { type DeliveryReport, publicUri } from '../track/delivery-report';
import { MlflowMirror } from '../track/mlflow-mirror';
import type { TrackingTarget } from '../track/remote-run';
import type { RunFolder } from './folder';

/** How long the end of a run waits for the tracking server to take what is left. */
const LAST_DRAIN_MS = 10_000;

/** How many refused items a message names before it only counts them. */
const NAMED_REJECTIONS = 3;

/** Mirrors a run in the background; what the server has not taken by the end stays queued, and the user is told. */
export function startMirror(
  folder: RunFolder,
  tracking: TrackingTarget,
  note: (message: string) => void,
): { stop(): Promise<void> } {
  const mirror = new MlflowMirror({ folder: folder.path, tracking });
  mirror.start();
  return {
    stop: async () => {
      const report = await mirror.stop({ deadlineMs: LAST_DRAIN_MS });
      note(describeDelivery(report, tracking.uri, folder));
    },
  };
}

/** Where the run can be seen, or what is queued, why, and how to deliver it. */
export function describeDelivery(report: DeliveryReport, uri: string, folder: RunFolder): string {
  const { complete, problem, pending, rejected, registered, runUrl } = report;
  const refused = rejected.length === 0 ? '' : `; refused by the server: ${describeRejections(rejected)}`;
  const model = registered === undefined ? '' : `, registered as ${registered.model} version ${registered.version}`;
  const readBack = report.verified === true ? ', read back and found the same' : '';
  if (complete) return `mirrored to ${runUrl}${readBack}${model}${refused}`;
  const queued = [
    counted(pending.metricPoints, 'metric point'),
    counted(pending.artifacts.length, 'artifact'),
    pending.params ? 'the parameters' : '',
    pending.status ? 'the status' : '',
    pending.inputs ? 'the data sets' : '',
    pending.tags && !pending.params ? 'tags' : '',
    pending.model ? 'the registration' : '',
  ].filter((part) => part !== '');
  const what =
    queued.length === 0
      ? 'all of the run was acknowledged before'
      : `${listed(queued)} stay queued in ${folder.path}; deliver them with: kdlab sync ${shortest(folder.path)}`;
  return `MLflow server ${publicUri(uri)} ${problem ?? 'has not got all of this run'}: ${what}${refused}`;
}

function describeRejections(rejected: DeliveryReport['rejected']): string {
  const named = rejected.slice(0, NAMED_REJECTIONS).map(({ kind, key, reason }) => `${kind} ${key} (${reason})`);
  const more = rejected.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more in mlflow.json`] : [])].join(', ');
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** A path as a user would type it from here. */
function shortest(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
