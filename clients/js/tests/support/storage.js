// A host's storage, as it outlives pages.

/** Takes what JSON takes and gives it back, later. */
export class Storage {
  values = new Map();
  /** Replaces what storing does. */
  intercept = (act) => act();

  get = (key) => this.#do(() => this.values.has(key) ? JSON.parse(this.values.get(key)) : null);
  set = (key, value) => this.#do(() => void this.values.set(key, JSON.stringify(value)));
  remove = (key) => this.#do(() => void this.values.delete(key));

  /** What a page that has ended leaves behind: nothing more is stored by it. */
  copy() {
    const copy = new Storage();
    copy.values = new Map(this.values);
    return copy;
  }

  async #do(act) {
    await new Promise(setImmediate);
    return this.intercept(act);
  }
}

/** One that has no `remove`, as the least that a host may have. */
export const leastOf = ({ get, set }) => ({ get, set: (key, value) => set(key, value ?? null) });
