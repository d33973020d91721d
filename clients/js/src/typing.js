import { unref } from "./backoff.js";

const EVERY = 3_000;
const PAUSE = 5_000;

/** @type {CreateFlag} */
export const createFlag = (limit, onChange) => {
  /** @type {any} */
  let timer;
  return {
    isSet: false,
    set(isSet) {
      clearTimeout(timer);
      if (isSet) timer = unref(setTimeout(() => this.set(false), limit));
      if (isSet === this.isSet) return;
      this.isSet = isSet;
      onChange();
    },
  };
};

/** @type {TypingSender} */
export const typingSender = (say) => {
  let isSaid = false;
  let saidAt = -EVERY;
  const flag = createFlag(PAUSE, () => {
    if (isSaid) say(false);
    isSaid = false;
  });
  return (isTyping) => {
    flag.set(isTyping);
    const now = performance.now();
    if (!isTyping || now - saidAt < EVERY || !say(true)) return;
    isSaid = true;
    saidAt = now;
  };
};
