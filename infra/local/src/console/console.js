// Two people of the demo, each with a token and a WebSocket connection of their own, as on two phones.

const endpoints = await (await fetch("/console/endpoints.json")).json();
const TOKEN_SECONDS = 3600;
const RECONNECT_MS = 1000;

class Problem extends Error {}

class Person {
  constructor(role, count, onSwitch) {
    this.role = role;
    this.id = 1;
    this.pane = document.getElementById("pane").content.cloneNode(true).querySelector(".pane");
    this.pane.dataset.role = role;
    this.find(".role").textContent = role;
    for (let id = 1; id <= count; id += 1) this.find(".person").add(new Option(`${role}-${id}`, id));
    this.find(".person").addEventListener("change", (event) => {
      this.id = Number(event.target.value);
      onSwitch();
    });
    this.find(".compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.find("textarea").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    document.getElementById("panes").append(this.pane);
  }

  find(selector) {
    return this.pane.querySelector(selector);
  }

  /** Logs in and connects; what was before is forgotten. */
  async logIn() {
    this.disconnect();
    this.session = undefined;
    this.messages = new Map();
    this.readMark = 0;
    this.otherMark = 0;
    this.show();
    this.token = await this.newToken();
    await this.connect();
  }

  async newToken() {
    const claims = {
      sub: `${this.role}-${this.id}`,
      email: `${this.role}${this.id}@example.test`,
      groups: this.role === "dentist" ? ["dentists"] : [],
      expires_in: TOKEN_SECONDS,
    };
    const answer = await fetch(`${endpoints.identity}/token`, { method: "POST", body: JSON.stringify(claims) });
    return (await answer.json()).token;
  }

  async call(method, path, body) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Problem(content.detail ?? content.message ?? `${answer.status}`);
    this.showProblem("");
    return content;
  }

  /** Resolves when the connection is open: frames begin with what is committed from then on. */
  connect() {
    return new Promise((resolve) => {
      const socket = new WebSocket(endpoints.ws_api, ["chat.v1", this.token]);
      this.socket = socket;
      socket.onopen = () => {
        this.showConnection(true);
        resolve();
      };
      socket.onmessage = (event) => attempt(this, () => this.take(JSON.parse(event.data)));
      socket.onclose = () => {
        if (this.socket !== socket) return;
        this.showConnection(false);
        resolve();
        setTimeout(() => this.socket === socket && attempt(this, () => this.reconnect()), RECONNECT_MS);
      };
    });
  }

  async reconnect() {
    this.token = await this.newToken();
    await this.connect();
    await this.catchUp();
  }

  disconnect() {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.showConnection(false);
  }

  async open(session) {
    this.session = session;
    const page = await this.call("GET", `/sessions/${session.id}/messages`);
    this.takePage(page);
    if (this === reader) await this.markRead();
  }

  /** What came while this person was away, page by page. */
  async catchUp() {
    if (!this.session) return;
    let page;
    do {
      page = await this.call("GET", `/sessions/${this.session.id}/messages?after=${this.lastSeq()}`);
      this.takePage(page);
    } while (page.has_more_after);
    if (this === reader) await this.markRead();
  }

  takePage(page) {
    for (const message of page.messages) this.messages.set(message.seq, message);
    this.takeMark("customer", page.customer_read_seq);
    this.takeMark("dentist", page.dentist_read_seq);
    this.show();
  }

  /** A frame, delivered at least once and in any order. */
  async take(frame) {
    const isOurs = this.session && (frame.session_id ?? frame.session?.id) === this.session.id;
    if (frame.type === "session.created" || frame.type === "session.updated") {
      if (isOurs) this.session = frame.session;
    } else if (frame.type === "message.created" && isOurs) {
      if (frame.seq > this.lastSeq() + 1) return this.catchUp();
      this.messages.set(frame.seq, frame.message);
      if (this === reader) await this.markRead();
    } else if (frame.type === "messages.read" && isOurs) {
      this.takeMark(frame.reader, frame.up_to_seq);
    }
    this.show();
  }

  takeMark(reader, seq) {
    if (reader === this.role) this.readMark = Math.max(this.readMark, seq);
    else this.otherMark = Math.max(this.otherMark, seq);
  }

  async send() {
    const box = this.find("textarea");
    const content = box.value;
    if (!content.trim() || !this.session) return;
    await attempt(this, async () => {
      // The same text again is a retry, and keeps its id until it is known to be stored.
      if (this.draft?.content !== content) this.draft = { client_message_id: crypto.randomUUID(), content };
      const message = await this.call("POST", `/sessions/${this.session.id}/messages`, this.draft);
      this.draft = undefined;
      box.value = "";
      this.messages.set(message.seq, message);
      this.show();
    });
  }

  async markRead() {
    const seq = this.lastSeq();
    if (!this.session || seq <= this.readMark) return;
    const answer = await this.call("POST", `/sessions/${this.session.id}/read`, { up_to_seq: seq });
    this.takeMark(this.role, answer.up_to_seq);
    this.show();
  }

  lastSeq() {
    return Math.max(0, ...this.messages.keys());
  }

  show() {
    const session = this.session;
    this.find(".name").textContent = session?.[this.role]?.name ?? "";
    this.find(".session").textContent = session ? this.describe(session) : "no session";
    const ordered = [...this.messages.values()].sort((a, b) => a.seq - b.seq);
    const list = this.find(".messages");
    list.replaceChildren(...ordered.map((message) => this.item(message)));
    list.scrollTop = list.scrollHeight;
  }

  describe(session) {
    const other = this.role === "customer" ? session.dentist : session.customer;
    const unread = [...this.messages.values()].filter(
      (message) => message.sender_type !== this.role && message.seq > this.readMark,
    ).length;
    return `session ${session.id} with ${other.name ?? "?"} · ${session.status} · ${unread} unread`;
  }

  item(message) {
    const item = document.createElement("li");
    const isOwn = message.sender_type === this.role;
    item.classList.toggle("own", isOwn);
    const text = Object.assign(document.createElement("span"), { className: "text", textContent: message.content });
    for (const image of message.images ?? []) {
      text.append(Object.assign(document.createElement("img"), { src: image.url, alt: "image" }));
    }
    const time = new Date(message.created_at).toLocaleTimeString();
    const mark = isOwn ? (message.seq <= this.otherMark ? " · read" : " · sent") : "";
    const note = Object.assign(document.createElement("span"), { className: "note" });
    note.textContent = `${message.seq} · ${time}${mark}`;
    item.append(text, note);
    return item;
  }

  showConnection(isOpen) {
    const place = this.find(".connection");
    place.textContent = isOpen ? "connected" : "not connected";
    place.classList.toggle("open", isOpen);
  }

  showProblem(text) {
    const place = this.find(".problem");
    place.textContent = text;
    place.hidden = !text;
  }
}

async function attempt(person, action) {
  try {
    await action();
  } catch (error) {
    person.showProblem(error.message);
  }
}

/** The pane that somebody looks at: what arrives there is read there. */
let reader;

function look(person) {
  reader = person;
  for (const other of [customer, dentist]) other.pane.classList.toggle("reading", other === person);
  attempt(person, () => person.markRead());
}

async function converse() {
  reader = undefined;
  for (const person of [customer, dentist]) {
    person.pane.classList.remove("reading");
    await attempt(person, () => person.logIn());
  }
  await attempt(customer, async () => {
    const session = await customer.call("POST", "/sessions", { dentist_id: dentist.id });
    await customer.open(session);
    await attempt(dentist, async () => dentist.open(await dentist.call("GET", `/sessions/${session.id}`)));
  });
}

const customer = new Person("customer", 20, converse);
const dentist = new Person("dentist", 5, converse);
for (const person of [customer, dentist]) {
  person.pane.addEventListener("focusin", () => look(person));
  person.pane.addEventListener("pointerdown", () => look(person));
}
await converse();
