// What a person is handed over: made by the function, fetched and unpacked by the operators' own tool.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** Has a customer's records exported; gives the path of the page. */
export async function exported(customer) {
  const { stdout } = await promisify(execFile)(
    `${ROOT}target/tools/cloud/bin/python`,
    [`${ROOT}infra/tools/records`, process.env.CHAT_ENDPOINTS, String(customer.id)],
    // The tool shows the page to whoever calls it.
    { env: { ...process.env, BROWSER: "true" } },
  );
  return stdout.trimEnd().split("\n").at(-1);
}

/** Uploads an image as an app does; gives its key. */
export async function upload(person, session, { mimeType, buffer }) {
  const promised = { content_type: mimeType, content_length: buffer.length };
  const { key, method, url, headers } = await person.call("POST", `/sessions/${session}/uploads`, promised);
  const response = await fetch(url, { method, headers, body: buffer });
  if (!response.ok) throw new Error(`an upload is answered ${response.status}`);
  return key;
}
