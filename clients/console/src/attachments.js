// Images that wait to be sent: picked, dropped or pasted.

import { imageType } from "/console/client/index.js";
import { el, icon } from "./dom.js";

/** How many of a file's first bytes say what it is. */
const SIGNATURE = 256;
const MOST = 10;
const LARGEST = 10 * 1024 * 1024;

export class Attachments {
  #list;
  #onChange;
  #onEmptied;
  #images = [];

  /** `onEmptied` is told when the last image was removed. */
  constructor(list, onChange, onEmptied) {
    this.#list = list;
    this.#onChange = onChange;
    this.#onEmptied = onEmptied;
  }

  get images() {
    return this.#images;
  }

  set images(images) {
    this.#images = [...images];
    this.#show();
  }

  /**
   * Takes the images of these files, once their beginnings are read. Tells what is wrong with the others, or
   * an empty text.
   */
  async add(files) {
    // Of the draft that is written now: while files are read, another may take its place.
    const images = this.#images;
    const problems = new Set();
    for (const { file, type } of await Promise.all([...files].map(read))) {
      const problem = problemOf(file, type, images);
      if (problem) problems.add(problem);
      else images.push(file);
    }
    this.#show();
    return [...problems].join(" ");
  }

  #show() {
    for (const picture of this.#list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
    this.#list.replaceChildren(...this.#images.map((image, index) => this.#item(image, index)));
    this.#onChange();
  }

  #item(image, index) {
    const name = `Image ${index + 1}`;
    const picture = el("img", { src: URL.createObjectURL(image), alt: name });
    const item = el("li", {}, picture);
    picture.addEventListener("error", () => item.classList.add("unshowable"));
    const remove = el("button", { type: "button", "aria-label": `Remove image ${index + 1}` }, icon("close"));
    remove.addEventListener("click", () => this.#remove(index));
    item.append(remove);
    return item;
  }

  #remove(index) {
    this.#images.splice(index, 1);
    this.#show();
    const next = this.#list.querySelectorAll("button")[Math.min(index, this.#images.length - 1)];
    if (next) next.focus();
    else this.#onEmptied();
  }
}

/** A file and what it is by its bytes: names, and the types that systems derive from them, may be wrong. */
async function read(file) {
  try {
    const bytes = await file.slice(0, SIGNATURE).arrayBuffer();
    return { file, type: imageType(new Uint8Array(bytes)) };
  } catch {
    // A folder, or a file that is gone.
    return { file, type: undefined };
  }
}

function problemOf(file, type, images) {
  if (!type) return "Only JPEG, PNG, WebP and HEIC images can be sent.";
  if (file.size > LARGEST) return "An image may have up to 10 MiB.";
  if (images.length >= MOST) return `A message carries up to ${MOST} images.`;
  return undefined;
}

/** Gives the files that are dropped on `place` to `take`, and shows meanwhile that it would. */
export function acceptDrops(place, isOpen, take) {
  let depth = 0;
  const mark = () => place.classList.toggle("dropping", depth > 0);
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") && isOpen();
  place.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    mark();
  });
  place.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    mark();
  });
  place.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  place.addEventListener("drop", (event) => {
    depth = 0;
    mark();
    if (!carriesFiles(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}
