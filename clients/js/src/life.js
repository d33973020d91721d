import { rerun } from "./backoff.js";
import { aborted } from "./http.js";

export class Life {
  refresh;
  #options;
  #abort = new AbortController();
  signal = this.#abort.signal;
  /** @type {(() => void)[]} */
  #listening = [];
  /** @type {Promise<void> | undefined} */
  #opening;

  /** @param {LifeOptions} options */
  constructor(options) {
    this.#options = options;
    this.refresh = rerun(options.load);
  }

  get isOpen() {
    return this.#opening !== undefined;
  }

  /** @returns {Promise<void>} */
  async open() {
    await (this.#opening ??= this.#open());
  }

  async #open() {
    const { core, onFrame, onChanges, onConnection } = this.#options;
    if (this.signal.aborted) throw aborted();
    this.#listening = [
      core.sessions.watch(onChanges),
      core.client.on("frame", onFrame ?? (() => {})),
      core.client.on("connection", ({ status }) => {
        onConnection?.();
        if (status === "online") core.background(this.refresh());
      }),
    ];
    try {
      const ended = new Promise((_, reject) => this.signal.addEventListener("abort", () => reject(aborted())));
      await Promise.race([this.refresh(), ended]);
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  close() {
    if (this.signal.aborted) return false;
    this.#abort.abort();
    this.#stop();
    return true;
  }

  #stop() {
    for (const end of this.#listening) end();
    this.#opening = undefined;
  }
}
