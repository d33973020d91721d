// Where a list of messages stands: at its end and staying there, or at a message that must not move.

const NEAR_END = 80;
const NEAR_START = 400;

export class Scroll {
  #box;
  #list;
  #isAtEnd = true;
  #knownSize;

  /** `onMove` is called whenever the place changes. */
  constructor(box, list, onMove) {
    this.#box = box;
    this.#list = list;
    box.addEventListener("scroll", () => {
      // When something else made room or took it, nobody has scrolled.
      if (this.#size() === this.#knownSize) this.#isAtEnd = this.#distance() < NEAR_END;
      onMove();
    });
    const keep = new ResizeObserver(() => {
      if (this.#isAtEnd) this.toEnd();
      this.#knownSize = this.#size();
    });
    keep.observe(box);
    keep.observe(list);
  }

  get isAtEnd() {
    return this.#isAtEnd;
  }

  get isNearStart() {
    return this.#box.clientHeight > 0 && this.#box.scrollTop < NEAR_START;
  }

  toEnd() {
    this.#isAtEnd = true;
    this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** Shows this line below the upper edge. */
  toLine(line) {
    this.#box.scrollTop += line.getBoundingClientRect().top - this.#box.getBoundingClientRect().top - 48;
    this.#isAtEnd = this.#distance() < NEAR_END;
  }

  /** Changes the list while what is read stays where it is. */
  hold(change) {
    if (this.#isAtEnd) {
      change();
      this.toEnd();
      return;
    }
    const top = this.#box.getBoundingClientRect().top;
    const isBelow = (line) => line.dataset.stays !== undefined && line.getBoundingClientRect().bottom > top;
    const line = [...this.#list.children].find(isBelow);
    const before = line?.getBoundingClientRect().top;
    change();
    if (line?.isConnected) this.#box.scrollTop += line.getBoundingClientRect().top - before;
  }

  #size() {
    return `${this.#box.clientHeight} of ${this.#box.scrollHeight}`;
  }

  #distance() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
  }
}
