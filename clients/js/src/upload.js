import { ChatError, aborted, attempt } from "./http.js";

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/heic"];
const MAX_SIZE = 10_485_760;
/** Of a URL; by its age, as clocks differ. */
const LIFETIME = 300_000;
const STALL = 30_000;

/** @type {(field: string) => ChatError} */
const refused = (field) =>
  new ChatError("invalid_request", "The image was refused.", { errors: [{ field, reason: "is not allowed" }] });

/** @type {(core: Core, ...image: Parameters<Chat.ChatClient["uploadImage"]>) => Promise<string>} */
export const upload = async (core, id, image, options = {}) => {
  const { onProgress = () => {}, signal = new AbortController().signal } = options;
  const content_type = /** @type {Chat.ImageType} */ (image.type);
  const content_length = image.size;
  if (!TYPES.includes(content_type)) throw refused("content_type");
  if (!content_length || content_length > MAX_SIZE) throw refused("content_length");
  while (!signal.aborted) {
    const target = await core.client.createUpload(id, { content_type, content_length });
    if (!(await carryOut(core, target, image, signal, onProgress))) continue;
    onProgress(1);
    return target.key;
  }
  throw aborted();
};

/** @type {(core: Core, ...put: Parameters<Put>) => Promise<boolean>} false when the URL is over */
const carryOut = ({ retry, fetch }, target, image, signal, onProgress) => {
  const put = globalThis.XMLHttpRequest ? putVisibly : putWith(fetch);
  const since = Date.now();
  let tries = 0;
  return retry(async () => {
    const isOver = Date.now() - since > LIFETIME;
    if (isOver && tries) return false;
    tries += 1;
    const status = await attempt(
      (stop, restart) =>
        put(target, image, stop, (fraction) => {
          restart(STALL);
          onProgress(fraction);
        }),
      LIFETIME,
      signal,
    );
    // The URL cannot overwrite: an earlier try has done it.
    if (status < 300 || (status === 412 && tries > 1)) return true;
    if (status === 403 && (isOver || tries > 1)) return false;
    // 409: an earlier try is still under way.
    const retryable = status === 409 || status === 429 || status > 499;
    throw new ChatError(`http_${status}`, "The image was refused.", { status, retryable });
  }, signal);
};

/** @param {Chat.Upload} upload */
const headersOf = ({ headers }) =>
  // Browsers set these themselves.
  Object.entries(headers).filter(([name]) => name !== "content-length" && name !== "host");

/** @type {(fetch: typeof globalThis.fetch) => Put} */
const putWith = (fetch) => async (upload, body, signal) => {
  const { url, method } = upload;
  const response = await fetch(url, { method, headers: headersOf(upload), body, signal });
  await response.text();
  return response.status;
};

/** @type {Put} */
const putVisibly = (upload, image, signal, onProgress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    signal.onabort = () => request.abort();
    request.upload.onprogress = ({ loaded }) => onProgress(loaded / image.size);
    request.onload = () => resolve(request.status);
    request.onerror = request.onabort = reject;
    request.open(upload.method, upload.url);
    for (const [name, value] of headersOf(upload)) request.setRequestHeader(name, value);
    request.send(image);
  });
