/**
 * @template Events
 * @implements {Chat.Emitter<Events>}
 */
export class Emitter {
  /** @type {Map<keyof Events, Set<{ listener: (event: any) => void }>>} */
  #entries = new Map();

  /** @type {Chat.Emitter<Events>["on"]} */
  on(name, listener) {
    const entries = this.#entries.get(name) ?? new Set();
    const entry = { listener };
    this.#entries.set(name, entries.add(entry));
    return () => void entries.delete(entry);
  }

  /** @type {Emit} */
  static emit(emitter, name, event) {
    const entries = emitter.#entries.get(name) ?? new Set();
    for (const entry of [...entries]) {
      try {
        if (entries.has(entry)) entry.listener(event);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
