import path from 'node:path';
import { KdlabError } from '../core/errors';
import { lockFile } from '../run/lock';
import { BusyError } from './delivery-report';

/** Keeps other processes from delivering this folder; gives what ends it. Throws BusyError where one does just now. */
export function lockDelivery(folder: string): () => void {
  try {
    return lockFile(path.join(folder, 'mlflow.lock'));
  } catch (error) {
    throw error instanceof KdlabError ? new BusyError() : error;
  }
}
