/** @type {RegExp | undefined} */
let nothing;
try {
  // But for the signs that are written before numbers, format characters show nothing.
  const shown = "\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u{110bd}\\u{110cd}";
  const hidden = "\\p{White_Space}\\p{Default_Ignorable_Code_Point}\\p{Cc}\\p{Cf}\\u2800";
  nothing = new RegExp(`^(?:(?![${shown}])[${hidden}])*$`, "u");
} catch {
  // An engine that knows no properties.
}

/** @type {typeof Chat.isBlank} */
export const isBlank = (text) => (nothing ? nothing.test(text) : !text.trim());
