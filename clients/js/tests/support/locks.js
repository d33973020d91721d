/** The browser's locks (`navigator.locks`), of which a page that ends gives back what it holds. */
export class Locks {
  #queues = new Map();

  /** For as long as the test runs, these are the runtime's. */
  static install(t) {
    const own = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    const locks = new Locks();
    Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
    t.after(() => (own ? Object.defineProperty(globalThis, "navigator", own) : delete globalThis.navigator));
    return locks;
  }

  request(name, { signal, ifAvailable }, task) {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (ifAvailable && queue.length) return resolve(task(null));
      const run = async () => {
        try {
          resolve(await task({ name }));
        } catch (error) {
          reject(error);
        }
        queue.shift();
        queue[0]?.();
      };
      queue.push(run);
      signal?.addEventListener("abort", () => {
        if (queue.indexOf(run) < 1) return;
        queue.splice(queue.indexOf(run), 1);
        reject(signal.reason);
      });
      if (queue.length === 1) run();
    });
  }

  /** The page ends. */
  end() {
    this.#queues = new Map();
  }
}
