const TIMEOUT = 10_000;
const MARGIN = 60_000;
const LONGEST_WAIT = 900_000;
/** What Node says when there was nobody to hear the request. */
const UNREACHED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];

export const now = () => performance.now();

/** @param {number} wait that a server asks for */
export const bounded = (wait) => Math.min(Math.max(wait || 0, 0), LONGEST_WAIT);

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

/** @param {string} field */
export const refused = (field) =>
  new ChatError("invalid_request", "It cannot be sent.", { errors: [{ field, reason: "is not allowed" }] });

export const aborted = () => new ChatError("aborted", "It was ended.");

/** @type {(cause: unknown) => never} */
export const unanswered = (cause) => {
  throw new ChatError("network", "There was no answer.", { retryable: true, cause });
};

/** @param {Headers} headers whose date is by their own clock */
const retryAfter = (headers) => {
  const [said, now] = ["retry-after", "date"].map((name) => headers.get(name) ?? "-");
  const wait = isNaN(+said) ? Date.parse(said) - Date.parse(now) : +said * 1000;
  return isNaN(wait) ? undefined : bounded(wait);
};

/** @type {Refusal} */
const refusal = ({ status, headers }, text) => {
  /** @type {any} */
  let problem;
  try {
    problem = JSON.parse(text);
  } catch {
    // A proxy's.
  }
  const { code = `http_${status}`, detail, message = code, retryable, request_id, errors } = problem ?? {};
  return new ChatError(code, detail ?? message, {
    status,
    retryable: retryable ?? (status === 408 || status === 429 || status > 499),
    retryAfter: retryAfter(headers),
    requestId: request_id,
    errors: errors ?? [],
  });
};

/** @type {Usable} */
const usable = (token, age) => {
  try {
    const claims = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const { exp, iat } = JSON.parse(atob(claims));
    const left = exp * 1000 - Date.now();
    const life = iat ? (exp - iat) * 1000 : left;
    if (!(life > 0)) return Infinity;
    const rest = Math.max(left > MARGIN && left < life ? left : life, life - age);
    return Math.max(rest - MARGIN, Math.min(rest, MARGIN) / 2);
  } catch {
    return Infinity;
  }
};

/** @type {(ask: Chat.ChatOptions["token"]) => GetToken} */
export const tokenCache = (ask) => {
  let token = "";
  let due = 0;
  let arrived = -Infinity;
  let expired = false;
  /** @type {Promise<string> | undefined} */
  let asking;
  const renew = async () => {
    try {
      const next = await ask({ expired });
      // Another one was made after the last one came.
      due = now() + usable(next, next === token ? Infinity : now() - arrived);
      arrived = now();
      token = next;
      expired = false;
      return token;
    } catch (cause) {
      throw new ChatError("token", "The token callback failed.", { retryable: true, cause });
    }
  };
  /** @param {string} [refused] */
  const getToken = async (refused) => {
    if (refused && refused === token) {
      token = "";
      expired = true;
    }
    if (token && now() < due) return token;
    return (asking ??= renew().finally(() => (asking = undefined)));
  };
  return Object.assign(getToken, { left: () => due - now() });
};

/** @type {Attempt} */
export const attempt = async (exchange, limit, signal) => {
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
    if (signal?.aborted) throw aborted();
    return unanswered(cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
};

const isOffline = () => globalThis.navigator?.onLine === false;

/** @param {any} error of a request that may have been heard */
export const isDoubtful = ({ code, status, cause }) =>
  code === "network" ? !(isOffline() || UNREACHED.includes(cause?.cause?.code)) : status > 499;

/** @type {Http} */
export const http = (url, getToken, fetch) => async (method, path, body, { connection, onLeave } = {}) => {
  let token = await getToken();
  onLeave?.();
  const send = () =>
    attempt(async (signal) => {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        ...(connection && { "chat-connection": connection }),
      };
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
