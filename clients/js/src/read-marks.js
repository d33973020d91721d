import { rerun } from "./backoff.js";

/** @type {(options: ReadMarkOptions) => (seq: number) => void} */
export const readMarks = ({ core, id, log, signal, onMarked }) => {
  let wanted = 0;
  let marked = 0;
  const known = () => Math.max(marked, log.marks[core.role]);
  const run = rerun(async () => {
    if (known() >= wanted) return;
    marked = (await core.retry(() => core.client.markRead(id, wanted), signal)).up_to_seq;
    onMarked();
  });
  return (seq) => {
    wanted = Math.max(wanted, Math.min(seq, log.last));
    if (log.hasUnread(core.role, known(), wanted)) core.background(run());
  };
};
