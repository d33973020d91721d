// A page with nothing but the client, whose pending messages survive it.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { endpoints } from "./stack.js";

const SOURCES = new URL("../../../../clients/js/src/", import.meta.url);

const PAGE = `<!doctype html><title>Chat</title><input type="file"><script type="module">
  import { ChatClient } from "./index.js";
  import { indexedDbStorage } from "./storage/indexed-db.js";

  const { session, httpUrl, wsUrl } = Object.fromEntries(new URLSearchParams(location.search));
  const client = new ChatClient({
    httpUrl,
    wsUrl,
    role: "customer",
    token: () => window.newToken(),
    storage: indexedDbStorage("chat"),
    random: () => Math.random() / 10,
  });
  client.on("error", (error) => console.error(error, String(error.cause?.stack ?? error.cause)));
  window.conversation = client.conversation(Number(session));
  window.client = client;
  window.send = (content, image) =>
    window.conversation.send({ content, images: image ? [new File([decode(image)], "x")] : [] });
  const decode = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  client.connect();
  await client.restored;
  await window.conversation.open();
  window.isOpen = true;
</script>`;

/** Serves the page at a port of its own; gives its address. */
export async function serveBarePage(t) {
  const server = createServer(({ url }, response) => {
    const name = new URL(url, "http://localhost").pathname.slice(1);
    response.setHeader("content-type", name ? "text/javascript" : "text/html");
    try {
      response.end(name ? readFileSync(new URL(name, SOURCES)) : PAGE);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** Opens a page of this person's, with a conversation in this session. */
export async function openBarePage(context, address, person, session) {
  const page = await context.newPage();
  await page.exposeFunction("newToken", () => person.token());
  const { http_api: httpUrl, ws_api: wsUrl } = endpoints;
  await page.goto(`${address}?${new URLSearchParams({ session: String(session), httpUrl, wsUrl })}`);
  await isOpen(page);
  return page;
}

export const isOpen = (page) => page.waitForFunction(() => window.isOpen);

/** Waits until everything that was sent would survive the page. */
export const isSaved = (page) =>
  page.waitForFunction(() => window.conversation.pending.every((message) => message.isSaved));

/** Waits until nothing is on its way any more. */
export const isQuiet = (page) => page.waitForFunction(() => window.conversation.pending.length === 0);
