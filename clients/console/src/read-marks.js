// Which messages were really on the screen, while somebody looks at it.

export class ReadMarks {
  #observer;
  #waiting = new Map();
  #isReading = true;
  #onDisplayed;

  /** `onDisplayed` is told the `seq` of what was displayed. */
  constructor(onDisplayed) {
    this.#onDisplayed = onDisplayed;
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  /** Whether the person looks at this phone. */
  set isReading(isReading) {
    this.#isReading = isReading;
    this.#look();
  }

  /** Waits until the end of this message is seen. */
  expect(end, seq) {
    if (this.#waiting.has(end)) return;
    this.#waiting.set(end, seq);
    this.#observer.observe(end);
  }

  clear() {
    this.#waiting.clear();
    this.#observer.disconnect();
  }

  /** Looks again at everything: an observer tells only of what becomes visible. */
  #look() {
    this.#observer?.disconnect();
    this.#observer = new IntersectionObserver((seen) => this.#see(seen), { threshold: 0.75 });
    for (const end of this.#waiting.keys()) this.#observer.observe(end);
  }

  #see(seen) {
    if (!this.#isReading || document.visibilityState !== "visible") return;
    const visible = seen.filter((entry) => entry.intersectionRatio >= 0.75 && this.#waiting.has(entry.target));
    if (!visible.length) return;
    const seqs = visible.map((entry) => this.#waiting.get(entry.target));
    for (const { target } of visible) {
      this.#waiting.delete(target);
      this.#observer.unobserve(target);
    }
    this.#onDisplayed(Math.max(...seqs));
  }
}
