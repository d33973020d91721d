// Times as people say them.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const CLOCK = format({ hour: "2-digit", minute: "2-digit" });
const WEEKDAY = format({ weekday: "long" });
const DATE = format({ weekday: "long", day: "numeric", month: "long" });
const DATE_WITH_YEAR = format({ day: "numeric", month: "long", year: "numeric" });
const SHORT_DATE = format({ day: "numeric", month: "short" });
const FULL = format({ dateStyle: "full", timeStyle: "short" });

export const clock = (time) => CLOCK.format(new Date(time));
export const full = (time) => FULL.format(new Date(time));

/** Which day it is here; the same text for all times of that day. */
export const dayOf = (time) => new Date(time).toDateString();

/** How many midnights ago. */
function daysAgo(time) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(Date.now()) - midnight(time)) / DAY);
}

/** A day's heading. */
export function dayName(time) {
  const days = daysAgo(time);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return (days < 180 ? DATE : DATE_WITH_YEAR).format(new Date(time));
}

/** How long ago, in a word or two. */
export function ago(time) {
  const minutes = Math.floor((Date.now() - Date.parse(time)) / MINUTE);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  const days = daysAgo(time);
  if (days <= 0) return clock(time);
  if (days === 1) return "Yesterday";
  return (days < 7 ? WEEKDAY : SHORT_DATE).format(new Date(time));
}
