// A phone whose network can be cut: everything its client sends and hears goes through here.

const OPEN = 1;
const CONNECTING = 0;
const CLOSED = 3;

export class Phone {
  #isOn = true;
  #cut = new AbortController();
  #lines = new Set();

  get isOn() {
    return this.#isOn;
  }

  /** Cuts requests and connections under way, or lets new ones through. */
  switch(isOn) {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    if (isOn) {
      this.#cut = new AbortController();
      return;
    }
    this.#cut.abort(new TypeError("The phone is offline."));
    for (const line of [...this.#lines]) line.drop();
  }

  fetch = async (input, init = {}) => {
    this.#cut.signal.throwIfAborted();
    const signals = init.signal ? [init.signal, this.#cut.signal] : [this.#cut.signal];
    return fetch(input, { ...init, signal: AbortSignal.any(signals) });
  };

  /** The WebSockets of this phone. */
  get WebSocket() {
    const phone = this;
    return class extends Line {
      constructor(url, protocols) {
        super(url, protocols, phone.#isOn);
        phone.#lines.add(this);
        this.onend = () => phone.#lines.delete(this);
      }
    };
  }
}

/** A WebSocket that hears nothing any more once it is dropped. */
class Line {
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  onend = null;
  #socket;
  #isDropped = false;

  constructor(url, protocols, isOn) {
    if (!isOn) {
      setTimeout(() => this.drop());
      return;
    }
    this.#socket = new WebSocket(url, protocols);
    this.#socket.onopen = (event) => {
      // The browser complains of a socket that is closed while it opens.
      if (this.#isDropped) this.#socket.close();
      else this.onopen?.(event);
    };
    this.#socket.onmessage = (event) => this.#isDropped || this.onmessage?.(event);
    this.#socket.onerror = (event) => this.#isDropped || this.onerror?.(event);
    this.#socket.onclose = (event) => this.#end(event);
  }

  get readyState() {
    if (this.#isDropped) return CLOSED;
    return this.#socket?.readyState ?? CONNECTING;
  }

  send(text) {
    if (this.readyState === OPEN) this.#socket.send(text);
  }

  close(code) {
    if (this.#socket?.readyState === OPEN) this.#socket.close(code);
    else this.drop();
  }

  /** The network is gone: the other end hears of it, and this one needs no answer. */
  drop() {
    if (this.#socket?.readyState === OPEN) this.#socket.close();
    this.#end({ type: "close", code: 1006, reason: "", wasClean: false });
  }

  #end(event) {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.onend?.();
    this.onclose?.(event);
  }
}
