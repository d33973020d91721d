/** A clock that stands still but for `tick`, until the test is over. */
export function stopClock(t, { now = Date.UTC(2026, 2, 12) } = {}) {
  const own = { setTimeout, setInterval, clearTimeout, clearInterval };
  const { now: dateNow } = Date;
  const timers = new Map();
  let elapsed = 0;
  let count = 0;
  const start =
    (every) =>
    (run, delay = 0) => {
      count += 1;
      timers.set(count, { at: elapsed + delay, run, every: every && delay });
      return count;
    };
  const stop = (id) => {
    // One from before the clock stood still.
    if (typeof id === "object") own.clearTimeout(id);
    timers.delete(id);
  };
  globalThis.setTimeout = start(false);
  globalThis.setInterval = start(true);
  globalThis.clearTimeout = globalThis.clearInterval = stop;
  Date.now = () => now + elapsed;
  // In Node 18 it can only be shadowed.
  Object.defineProperty(performance, "now", { value: () => elapsed, configurable: true });
  t.after(() => {
    Object.assign(globalThis, own);
    Date.now = dateNow;
    delete performance.now;
  });
  return {
    tick(milliseconds) {
      const end = elapsed + milliseconds;
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
        if (!due) break;
        const [id, timer] = due;
        elapsed = Math.max(elapsed, timer.at);
        if (timer.every) timer.at += timer.every;
        else timers.delete(id);
        timer.run();
      }
      elapsed = end;
    },
  };
}
