import assert from "node:assert/strict";

// Tests may stop the clock for the client.
const {
  setTimeout,
  clearTimeout,
  performance: { now },
} = globalThis;
const elapsed = now.bind(performance);

/** Waits for an event of an emitter, at most so long. */
export function once(emitter, name, accepts = () => true, limit = 60_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end();
      reject(new Error(`no such "${name}" within ${limit} ms`));
    }, limit);
    const end = emitter.on(name, (event) => {
      if (!accepts(event)) return;
      clearTimeout(timer);
      end();
      resolve(event);
    });
  });
}

/** Waits until what a view shows is so; looks again at each of its changes. */
export async function shows(view, isSo, limit = 60_000) {
  if (!isSo(view)) await once(view, "change", () => isSo(view), limit);
}

/** Connects, and waits until it is so. */
export async function online(client) {
  const isOnline = once(client, "connection", ({ status }) => status === "online");
  client.connect();
  await isOnline;
}

/** Looks again and again until an assertion holds, and fails with what it says at the deadline. */
export async function eventually(check, limit = 60_000) {
  const deadline = elapsed() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || elapsed() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Lets everything happen that waits for no timer. */
export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}
