import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../src/index.js";

function listening() {
  const emitter = new Emitter();
  const heard = [];
  return { emitter, heard, hear: (name) => (event) => heard.push([name, event]) };
}

test("listeners hear events of their name, until they stop", () => {
  const { emitter, heard, hear } = listening();
  const stop = emitter.on("a", hear("first"));
  emitter.on("b", hear("second"));
  Emitter.emit(emitter, "a", 1);
  stop();
  stop();
  Emitter.emit(emitter, "a", 2);
  Emitter.emit(emitter, "c", 3);
  assert.deepEqual(heard, [["first", 1]]);
});

test("a listener that throws keeps no other from hearing", (t) => {
  const { emitter, heard, hear } = listening();
  const log = t.mock.method(console, "error", () => {});
  const error = new Error("of the application");
  emitter.on("a", () => {
    throw error;
  });
  emitter.on("a", hear("second"));
  Emitter.emit(emitter, "a", 1);
  assert.deepEqual(heard, [["second", 1]]);
  assert.deepEqual(
    log.mock.calls.map(({ arguments: [first] }) => first),
    [error],
  );
});

test("a listener that another one takes away does not hear any more", () => {
  const { emitter, heard, hear } = listening();
  emitter.on("a", () => stop());
  const stop = emitter.on("a", hear("second"));
  Emitter.emit(emitter, "a", 1);
  assert.deepEqual(heard, []);
});

test("a listener that is added while others are called hears from the next event on", () => {
  const { emitter, heard, hear } = listening();
  emitter.on("a", () => emitter.on("a", hear("second")));
  Emitter.emit(emitter, "a", 1);
  assert.deepEqual(heard, []);
  Emitter.emit(emitter, "a", 2);
  assert.deepEqual(heard, [["second", 2]]);
});

test("the same function may listen twice, and stop once", () => {
  const { emitter, heard, hear } = listening();
  const listener = hear("it");
  const stop = emitter.on("a", listener);
  emitter.on("a", listener);
  stop();
  Emitter.emit(emitter, "a", 1);
  assert.deepEqual(heard, [["it", 1]]);
});
