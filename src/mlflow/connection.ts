import { MlflowError } from './errors';

export interface ConnectionOptions {
  /** Address of the tracking server, http or https; a user and password in it are used. */
  readonly uri: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  /** Accept any certificate. */
  readonly insecureTls?: boolean;
  /** Where what is not given above is looked for: MLFLOW_TRACKING_USERNAME, _PASSWORD, _TOKEN, _INSECURE_TLS. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Connection {
  /** Without user, password, query and trailing slash. */
  readonly base: URL;
  readonly authorization?: string;
  readonly insecureTls: boolean;
}

/**
 * Address and credentials. As in MLflow's own client a user with a password goes before a token. Throws MlflowError
 * where the address is none.
 */
export function connectionOf(options: ConnectionOptions): Connection {
  const { env = process.env } = options;
  let base: URL;
  try {
    base = new URL(options.uri);
  } catch {
    throw new MlflowError(`"${options.uri}" is no address; expected one such as http://localhost:5000`);
  }
  if (base.protocol !== 'http:' && base.protocol !== 'https:')
    throw new MlflowError(`the tracking server's address begins with ${base.protocol}, expected http: or https:`);
  const username = options.username ?? (decodeURIComponent(base.username) || env.MLFLOW_TRACKING_USERNAME);
  const password = options.password ?? (decodeURIComponent(base.password) || env.MLFLOW_TRACKING_PASSWORD);
  const token = options.token ?? env.MLFLOW_TRACKING_TOKEN;
  base.username = base.password = base.search = base.hash = '';
  base.pathname = base.pathname.replace(/\/+$/, '');
  const authorization = username
    ? `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`
    : token
      ? `Bearer ${token}`
      : undefined;
  return {
    base,
    ...(authorization === undefined ? {} : { authorization }),
    insecureTls: options.insecureTls ?? /^(1|true)$/i.test(env.MLFLOW_TRACKING_INSECURE_TLS ?? ''),
  };
}
