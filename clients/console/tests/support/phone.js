// One of the page's two phones, as its owner sees it.

import assert from "node:assert/strict";

const DEADLINE = 60_000;
const LOOK_AGAIN = 50;

export class Phone {
  constructor(page, person) {
    const title = person.role === "customer" ? "Customer" : "Dentist";
    this.page = page;
    this.person = person;
    this.root = page.locator(`#phone-${person.role}`);
    this.owner = this.root.getByRole("combobox", { name: person.role });
    this.network = this.root.getByRole("switch", { name: "Network" });
    this.reading = this.root.getByRole("switch", { name: "Reading" });
    this.inbox = this.root.getByRole("region", { name: `${title}’s inbox` });
    this.talk = this.root.getByRole("region", { name: `${title}’s conversation` });
    this.log = this.talk.getByRole("log");
    this.box = this.talk.getByRole("textbox", { name: "Message" });
    this.send = this.talk.getByRole("button", { name: "Send" });
    this.files = this.talk.getByLabel("Image files");
    this.tab = page.getByRole("tab", { name: title });
  }

  connection(text) {
    return this.root.getByText(text, { exact: true }).waitFor();
  }

  async say(text) {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  /** The message with this text; it is waited for. */
  async hears(text) {
    await this.message(text).waitFor();
  }

  message(text) {
    return this.log.getByRole("listitem").filter({ hasText: text });
  }

  /** Waits until a message of one's own has this mark. */
  async marked(text, mark) {
    await this.message(text).getByRole("img", { name: mark, exact: true }).waitFor();
  }

  row(name) {
    return this.inbox.getByRole("button", { name });
  }

  button(name) {
    return this.root.getByRole("button", { name, exact: true });
  }

  /** What the conversation shows, message by message: one's own have a mark. */
  shown() {
    return this.log.locator(".message").evaluateAll((items) =>
      items.map((item) => ({
        text: item.querySelector(".text")?.textContent ?? "",
        isOwn: item.textContent.startsWith("You: "),
        images: item.querySelectorAll(".picture").length,
        mark: item.querySelector(".mark")?.getAttribute("aria-label") ?? null,
      })),
    );
  }

  /** Waits until it shows exactly what the service has, in its order, each message once. */
  async agrees(session) {
    const { role } = this.person;
    await eventually(async () => {
      const { messages } = await this.person.fetch(session);
      const expected = messages.map(({ content, sender_type, images, is_read, retracted_at }) => {
        const isOwn = sender_type === role;
        const left = isOwn ? "You retracted this message." : "This message was retracted.";
        if (retracted_at) return { text: left, isOwn, images: 0, mark: null };
        return { text: content, isOwn, images: images.length, mark: isOwn ? (is_read ? "Read" : "Sent") : null };
      });
      assert.deepEqual(await this.shown(), expected);
    });
  }
}

/** Looks again and again until an assertion holds, and fails with what it says at the deadline. */
export async function eventually(check) {
  const deadline = performance.now() + DEADLINE;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
  }
}
