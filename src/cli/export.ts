import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from '../core/errors';
import { writeWhole } from '../core/files';
import { loadOnnx } from '../onnx/session';
import { formatNumber } from '../report/format';
import { runsFolder } from '../run/execute';
import { findRun } from '../run/folder';
import type { SharedOptions } from './options';

interface ExportOptions extends SharedOptions {
  readonly to?: string;
  readonly rows?: number;
  readonly threads?: number;
}

/**
 * `kdlab export`: the finished run's student as an ONNX file, loaded once more by ONNX Runtime and timed there. Throws
 * KdlabError where the run has none, or the package onnxruntime-node is absent; the file is written in that case too.
 */
export async function exportRun(run: string, options: ExportOptions): Promise<void> {
  const folder = findRun(run, runsFolder(options.runsDir));
  const source = folder.artifact('student.onnx');
  const { id, status } = folder.read();
  if (!fs.existsSync(source))
    throw new KdlabError(
      status === 'FINISHED'
        ? `${id} has no student.onnx: ONNX cannot hold its student, as the run said at its end; the weights are in ${folder.artifact('student.safetensors')}`
        : `${id} is ${status}: a student is exported once its run is finished (kdlab resume ${id})`,
    );
  const file = path.resolve(options.to ?? `${id}.onnx`);
  if (fs.existsSync(file) && fs.statSync(file).isDirectory())
    throw new KdlabError(`${file} is a folder; --to expects the path of the file to write`);
  const bytes = fs.readFileSync(source);
  writeWhole(file, bytes);
  const rows = options.rows ?? 1;
  const session = await loadOnnx(file, options.threads === undefined ? {} : { threads: options.threads });
  try {
    const { provider, inputShape } = session;
    const latency = await session.latency({ rows });
    if (options.json === true) {
      const result = { run: id, file, bytes: bytes.length, inputShape, provider, rows, latencyMs: latency };
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    process.stdout.write(
      `${file}: ${formatNumber(bytes.length)} bytes, input x [batch, ${inputShape.join(', ')}], output logits\n` +
        `ONNX Runtime (${provider}), ${rows} example${rows === 1 ? '' : 's'} at a time: median ${formatNumber(latency.p50)} ms, ` +
        `95th percentile ${formatNumber(latency.p95)} ms\n`,
    );
  } finally {
    await session.release();
  }
}
