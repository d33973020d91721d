// A client of a service in memory, whose connection and clock tests control.
import { stopClock } from "./clock.js";
import { Service } from "./service.js";
import { settled } from "./wait.js";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** A client, every state that its connection had, and every error. */
export function start(options = {}) {
  const service = new Service();
  const client = service.client({ random: () => 0.5, ...options });
  const states = [];
  const errors = [];
  client.on("connection", ({ status }) => states.push(status));
  client.on("error", ({ code }) => errors.push(code));
  return { service, client, states, errors };
}

export function stopped(t) {
  const clock = stopClock(t);
  return async (milliseconds) => {
    clock.tick(milliseconds);
    await settled();
  };
}
