import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, createRetry, rerun } from "../src/backoff.js";
import { ChatError } from "../src/index.js";
import { stopClock } from "./support/clock.js";
import { settled } from "./support/wait.js";

const away = (facts) => new ChatError("network", "There was no answer.", { retryable: true, ...facts });
const refused = new ChatError("session_archived", "The session is archived.", { status: 409 });
const never = new AbortController().signal;

/** Fails with these, then succeeds. */
function failing(...errors) {
  const task = async () => {
    task.tries += 1;
    const error = errors.shift();
    if (error) throw error;
    return "done";
  };
  task.tries = 0;
  return task;
}

test("pauses are between nothing and a limit that doubles from half a second to half a minute", () => {
  const most = Array.from({ length: 9 }, (_, attempt) => backoff(attempt, () => 1));
  assert.deepEqual(most, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  assert.equal(
    backoff(5, () => 0),
    0,
  );
  assert.equal(
    backoff(5, () => 0.25),
    4000,
  );
});

test("what may succeed later is tried again, and each failure is told", async () => {
  const { retry } = createRetry(() => 0);
  const task = failing(away(), away(), away());
  const told = [];
  assert.equal(await retry(task, never, (error) => told.push(error.code)), "done");
  assert.equal(task.tries, 4);
  assert.deepEqual(told, ["network", "network", "network"]);
});

test("what fails for good is not tried again", async () => {
  const { retry } = createRetry(() => 0);
  const task = failing(away(), refused);
  await assert.rejects(retry(task, never), refused);
  assert.equal(task.tries, 2);
});

test("a mistake is not tried again", async () => {
  const { retry } = createRetry(() => 0);
  const task = failing(new TypeError("a mistake"));
  await assert.rejects(retry(task, never), TypeError);
  assert.equal(task.tries, 1);
});

test("the server's pause comes before one's own", async (t) => {
  const clock = stopClock(t);
  const { retry } = createRetry(() => 0.5);
  const task = failing(away({ retryAfter: 2000 }));
  const done = retry(task, never);
  await settled();
  clock.tick(2249);
  await settled();
  assert.equal(task.tries, 1);
  clock.tick(1);
  assert.equal(await done, "done");
});

test("every pause ends when the network is back", async (t) => {
  stopClock(t);
  const { retry, wake } = createRetry(() => 0.999);
  const done = [away(), away({ retryAfter: 900_000 })].map((error) => retry(failing(error), never));
  await settled();
  wake();
  assert.deepEqual(await Promise.all(done), ["done", "done"]);
});

test("no pause is longer than 15 minutes and one's own, or shorter than one's own", async (t) => {
  const clock = stopClock(t);
  for (const [retryAfter, pause] of [
    [2_200_000_000, 900_250],
    [Infinity, 900_250],
    [-5000, 250],
    [NaN, 250],
  ]) {
    const { retry } = createRetry(() => 0.5);
    const task = failing(away({ retryAfter }));
    const done = retry(task, never);
    await settled();
    clock.tick(pause - 1);
    await settled();
    assert.equal(task.tries, 1);
    clock.tick(1);
    assert.equal(await done, "done");
  }
});

test("an end while pausing, while trying, or before is an end", async (t) => {
  stopClock(t);
  const { retry } = createRetry(() => 0.999);
  const pausing = new AbortController();
  const waits = retry(failing(away()), pausing.signal);
  await settled();
  pausing.abort();
  await assert.rejects(waits, { code: "aborted", retryable: false });
  const trying = new AbortController();
  await assert.rejects(
    retry(async () => trying.abort(), trying.signal),
    { code: "aborted" },
  );
  const task = failing();
  await assert.rejects(retry(task, trying.signal), { code: "aborted" });
  assert.equal(task.tries, 0);
});

test("a task that is asked for while it runs runs once more, for all who asked", async () => {
  const ends = [];
  const request = rerun(() => new Promise((resolve, reject) => ends.push({ resolve, reject })));
  const first = request();
  const [second, third] = [request(), request()];
  assert.equal(second, third);
  assert.equal(ends.length, 1);
  ends[0].resolve();
  await first;
  await settled();
  assert.equal(ends.length, 2);
  const fourth = request();
  ends[1].reject(refused);
  await assert.rejects(second, refused);
  await settled();
  assert.equal(ends.length, 3);
  ends[2].resolve();
  await fourth;
  await settled();
  assert.equal(ends.length, 3);
});
