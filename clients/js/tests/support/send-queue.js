// A queue of messages before a service in memory, and an object store.
import { imageOf } from "./images.js";
import { Service } from "./service.js";

export const SEND = "POST /sessions/5/messages";
export const UPLOAD = "POST /sessions/5/uploads";
export const png = (size) => imageOf("image/png", { size });

/** A conversation that was never opened: what is sent in it, and how each message fared. */
export function start(t, options = {}) {
  const service = new Service();
  const client = service.client({ random: () => 0.001, ...options });
  t.after(() => client.close());
  const conversation = client.conversation(5);
  const stored = () => service.messages.map(({ content }) => content);
  return { service, client, conversation, stored };
}

/** Answers requests to send with these, and then truthfully; `true` also means truthfully. */
export function answering(service, ...answers) {
  const drafts = [];
  service.intercept = async ({ what, body }, answer) => {
    if (what !== SEND) return answer();
    drafts.push(body);
    const next = answers.shift() ?? true;
    if (next !== "lost") return next === true ? answer() : next();
    await answer();
    throw new TypeError("fetch failed");
  };
  return drafts;
}

/** An object store beside the service: its answers in order, and then 200. */
export function storing(service, ...answers) {
  const puts = [];
  const { intercept } = service;
  let keys = 0;
  service.intercept = async (request, answer) => {
    if (request.what.startsWith("PUT")) {
      puts.push(request.what.slice("PUT /".length));
      return (answers.shift() ?? (() => new Response("")))(request);
    }
    if (request.what !== UPLOAD) return intercept(request, answer);
    keys += 1;
    const { content_type, content_length } = request.body;
    const headers = { "content-type": content_type, "content-length": String(content_length) };
    return Response.json({
      key: `key-${keys}`,
      method: "PUT",
      url: `http://store.test/key-${keys}`,
      headers,
      expires_at: "",
    });
  };
  return puts;
}
