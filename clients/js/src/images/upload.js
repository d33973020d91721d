import { ChatError, aborted, attempt, bounded, now, refused } from "../http.js";
import { readImage } from "./read.js";

const MAX_SIZE = 10_485_760;
/** Of a URL that does not tell. */
const LIFETIME = 300_000;
/** To read a file, or to get a part of it away. */
const STALL = 60_000;
/** @type {UploadImage} */
export const upload = async (core, id, image, options = {}) => {
  const { onProgress = () => {}, signal = new AbortController().signal } = options;
  if (signal.aborted) throw aborted();
  if (image.size > MAX_SIZE) throw refused("content_length");
  // Chromium calls a file that is gone empty.
  const { type, body } = await read(image, signal);
  const content_length = body.length;
  if (!content_length) throw refused("content_length");
  if (!type) throw refused("content_type");
  for (;;) {
    const target = await core.client.createUpload(id, { content_type: type, content_length });
    if (!(await carryOut(core, { target, body, size: content_length, signal, onProgress }))) continue;
    onProgress(1);
    return target.key;
  }
};

/** @type {ReadPatiently} */
const read = async (image, signal) => {
  /** @param {AbortSignal} stop */
  const patiently = (stop) =>
    Promise.race([readImage(image), new Promise((_, reject) => stop.addEventListener("abort", reject))]);
  try {
    return await attempt(patiently, STALL, signal);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ChatError("image_unreadable", "The image cannot be read.", { cause });
  }
};

/** @param {Chat.Upload} upload */
const lifeOf = ({ url, expires_at }) => {
  const signed = Number(/[?&]X-Amz-Expires=(\d+)/i.exec(url)?.[1]) * 1000;
  // By a clock that may be wrong.
  const left = Date.parse(expires_at) - Date.now();
  return bounded(signed || (left > 0 && left === bounded(left) ? left : LIFETIME));
};

/** @type {CarryOut} */
const carryOut = ({ retry, fetch }, { target, body, size, signal, onProgress }) => {
  const put = globalThis.XMLHttpRequest ? putVisibly : putWith(fetch);
  const end = now() + lifeOf(target);
  const left = () => Math.max(STALL, end - now());
  let tries = 0;
  return retry(async () => {
    const isOver = now() > end;
    if (isOver && tries) return false;
    tries += 1;
    const { status, text } = await attempt(
      (stop, restart) =>
        put(target, body, stop, (sent) => {
          // A proxy that has it all may still be forwarding it.
          restart(sent < size ? STALL : left());
          onProgress(sent / size);
        }),
      left(),
      signal,
    );
    // The URL cannot overwrite: 412 says that the image is there.
    if (status < 300 || status === 412) return true;
    if ((status === 403 || /ExpiredToken/.test(text)) && (isOver || tries > 1)) return false;
    // 409: an earlier try is still under way. 400 may be what came of a cut connection.
    const retryable =
      [408, 409, 429].includes(status) || status > 499 || /<Code>(RequestTimeout|IncompleteBody)</.test(text);
    throw new ChatError(retryable ? `http_${status}` : "upload_refused", "The store did not take the image.", {
      status,
      retryable,
    });
  }, signal);
};

/** @param {Chat.Upload} upload */
const headersOf = ({ headers }) =>
  // Browsers set these themselves.
  Object.entries(headers).filter(([name]) => name !== "content-length" && name !== "host");

/** @type {PutWith} */
const putWith = (fetch) => async (upload, body, signal) => {
  const { url, method } = upload;
  const response = await fetch(url, { method, headers: headersOf(upload), body, signal });
  return { status: response.status, text: await response.text() };
};

/** @type {Put} */
const putVisibly = (upload, body, signal, onProgress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    signal.onabort = () => request.abort();
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = request.onabort = reject;
    request.open(upload.method, upload.url);
    for (const [name, value] of headersOf(upload)) request.setRequestHeader(name, value);
    request.send(body);
  });
