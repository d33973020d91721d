import { ChatError, aborted, bounded } from "./http.js";

/** @type {(attempt: number, random: () => number) => number} full jitter */
export const backoff = (attempt, random) => random() * Math.min(30_000, 500 * 2 ** attempt);

/** @param {any} timer that keeps no program running */
export const unref = (timer) => timer.unref?.() ?? timer;

/** @param {() => number} random */
export function createRetry(random) {
  /** @type {Set<() => void>} */
  const waits = new Set();
  /** @type {Wait} */
  const wait = (delay, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, signal.aborted ? 0 : delay);
      signal.addEventListener("abort", end);
      waits.add(end);
    });
  /** @type {Retry} */
  const retry = async (task, signal, onRetry) => {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const result = await task();
        if (!signal.aborted) return result;
      } catch (error) {
        if (!(error instanceof ChatError && error.retryable)) throw error;
        onRetry?.(error);
        await wait(bounded(error.retryAfter ?? 0) + backoff(attempt, random), signal);
      }
    }
    throw aborted();
  };
  const wake = () => waits.forEach((end) => end());
  return { retry, wake };
}

/** @type {Rerun} */
export const rerun = (task) => {
  /** @type {Promise<void> | undefined} */
  let running;
  /** @type {Promise<void> | undefined} */
  let next;
  const start = () => {
    next = undefined;
    return (running = task().finally(() => (running = undefined)));
  };
  // One that runs may have looked already.
  return () => next ?? (running ? (next = running.then(start, start)) : start());
};
