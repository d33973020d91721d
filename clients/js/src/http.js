const TIMEOUT = 10_000;
export const MARGIN = 60_000;

/** @implements {Chat.ChatError} */
export class ChatError extends Error {
  name = "ChatError";
  status = 0;
  retryable = false;
  /** @type {number | undefined} */
  retryAfter;
  /** @type {string | undefined} */
  requestId;
  /** @type {Chat.ChatError["errors"]} */
  errors = [];

  /**
   * @param {string} code
   * @param {string} message
   * @param {Partial<Chat.ChatError>} [facts]
   */
  constructor(code, message, facts) {
    super(message);
    this.code = code;
    Object.assign(this, facts);
  }
}

export const aborted = () => new ChatError("aborted", "It was ended.");

/** @param {unknown} cause */
const unanswered = (cause) => new ChatError("network", "There was no answer.", { retryable: true, cause });

/**
 * @param {Response} response
 * @param {string} text
 */
function refusal({ status, headers }, text) {
  /** @type {any} */
  let problem;
  try {
    problem = JSON.parse(text);
  } catch {
    // A proxy's.
  }
  const { code = `http_${status}`, detail, message = code, retryable, request_id, errors } = problem ?? {};
  const seconds = Number(headers.get("retry-after"));
  return new ChatError(code, detail ?? message, {
    status,
    retryable: retryable ?? (status === 429 || status > 499),
    retryAfter: seconds * 1000 || undefined,
    requestId: request_id,
    errors: errors ?? [],
  });
}

/** @type {(token: string) => number} */
export const expiry = (token) => {
  try {
    const claims = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(claims)).exp * 1000 || Infinity;
  } catch {
    return Infinity;
  }
};

/** @type {(ask: Chat.ChatOptions["token"]) => GetToken} */
export const tokenCache = (ask) => {
  let token = "";
  let expired = false;
  /** @type {Promise<string> | undefined} */
  let asking;
  const renew = async () => {
    try {
      token = await ask({ expired });
      expired = false;
      return token;
    } catch (cause) {
      throw new ChatError("token", "The token callback failed.", { retryable: true, cause });
    }
  };
  return async (refused) => {
    if (refused && refused === token) {
      token = "";
      expired = true;
    }
    if (token && Date.now() < expiry(token) - MARGIN) return token;
    return (asking ??= renew().finally(() => (asking = undefined)));
  };
};

/**
 * @template T
 * @param {Exchange<T>} exchange
 * @param {number} limit
 * @param {AbortSignal} [signal]
 */
export async function attempt(exchange, limit, signal) {
  const controller = new AbortController();
  const stop = () => controller.abort();
  let timer = setTimeout(stop, limit);
  signal?.addEventListener("abort", stop);
  try {
    return await exchange(controller.signal, (next) => {
      clearTimeout(timer);
      timer = setTimeout(stop, next);
    });
  } catch (cause) {
    throw signal?.aborted ? aborted() : unanswered(cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** @type {(url: string, getToken: GetToken, fetch: typeof globalThis.fetch) => Operation} */
export const http = (url, getToken, fetch) => async (method, path, body) => {
  let token = await getToken();
  const send = () =>
    attempt(async (signal) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const response = await fetch(url + path, { method, headers, body: JSON.stringify(body), signal });
      const text = await response.text();
      return { response, text, result: response.ok && text ? JSON.parse(text) : undefined };
    }, TIMEOUT);
  let answer = await send();
  if (answer.response.status === 401) {
    token = await getToken(token);
    answer = await send();
  }
  if (!answer.response.ok) throw refusal(answer.response, answer.text);
  return answer.result;
};

/** @param {object} [parameters] */
export const query = (parameters = {}) => `?${new URLSearchParams(JSON.parse(JSON.stringify(parameters)))}`;
