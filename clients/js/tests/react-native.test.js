// A runtime without what browsers and Node have: React Native's, as far as Node can be stripped of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Runs a program in which these are missing, and gives what it printed. */
function run(program) {
  const missing = ["navigator", "crypto", "MessageChannel", "BroadcastChannel", "WebSocket"];
  const strip = `for (const name of ${JSON.stringify(missing)}) delete globalThis[name];`;
  const source = new URL("../src/index.js", import.meta.url);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", `${strip} const chat = await import("${source}"); ${program}`],
    { encoding: "utf8", timeout: 20_000 },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const CLIENT = `
  const asked = [];
  const fetch = async (url, { method, body, headers }) => {
    asked.push([method, new URL(url).pathname, body?.byteLength]);
    if (url.endsWith("/uploads"))
      return Response.json({ key: "key-1", method: "PUT", url: "http://store.test/key-1", headers: {}, expires_at: "" });
    if (method === "PUT") return new Response("");
    const { client_message_id, content } = JSON.parse(body);
    return Response.json({ seq: 1, client_message_id, content, sender_type: "customer" });
  };
  const values = new Map();
  const storage = {
    get: async (key) => JSON.parse(values.get(key) ?? "null"),
    set: async (key, value) => void values.set(key, JSON.stringify(value)),
    remove: async (key) => void values.delete(key),
  };
  const options = { httpUrl: "http://chat.test", wsUrl: "ws://chat.test", role: "customer", token: () => "token" };
  const client = new chat.ChatClient({ ...options, fetch, storage });
  client.resume();
  const conversation = client.conversation(5);
`;

test("it loads, sends and saves where there is no page", () => {
  const asked = run(`${CLIENT}
    conversation.on("change", () => {
      if (conversation.pending.length || asked.length < 1) return;
      client.close();
      console.log(JSON.stringify(asked));
    });
    conversation.send({ content: "Hello" });
  `);
  assert.deepEqual(asked, [["POST", "/sessions/5/messages", null]]);
});

test("an image whose bytes only a FileReader tells is recognised, and sent without metadata", () => {
  const asked = run(`${CLIENT}
    // React Native's Blobs.
    const { arrayBuffer } = Blob.prototype;
    globalThis.FileReader = class {
      readAsDataURL(blob) {
        arrayBuffer.call(blob).then((bytes) => {
          this.result = "data:" + blob.type + ";base64," + Buffer.from(bytes).toString("base64");
          this.onload();
        });
      }
    };
    delete Blob.prototype.arrayBuffer;
    const bytes = Buffer.concat([Buffer.from("000000186674797068656963000000006d69663168656963", "hex"), Buffer.alloc(76)]);
    conversation.on("change", () => {
      if (conversation.pending.length || asked.length < 3) return;
      client.close();
      console.log(JSON.stringify(asked));
    });
    conversation.send({ images: [new Blob([bytes], { type: "" })] });
  `);
  assert.deepEqual(asked, [
    ["POST", "/sessions/5/uploads", null],
    ["PUT", "/key-1", 100],
    ["POST", "/sessions/5/messages", null],
  ]);
});
