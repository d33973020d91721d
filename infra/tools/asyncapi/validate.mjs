// Validates an AsyncAPI document with AsyncAPI's own parser: node validate.mjs <document>. Whatever it
// objects to fails.
import { Parser, fromFile } from "@asyncapi/parser";

const [file] = process.argv.slice(2);

const WORDS = ["error", "warning", "info", "hint"];
// 3.0 is what the generators that mobile developers use understand.
const ACCEPTED = ["asyncapi-latest-version"];

const { document, diagnostics } = await fromFile(new Parser(), file).parse();
const objections = diagnostics.filter(({ code }) => !ACCEPTED.includes(code));
for (const { severity, code, path, message } of objections) {
  console.error(`${file}: ${WORDS[severity]}: ${path.join(".")}: ${message} (${code})`);
}
if (!document || objections.length > 0) process.exit(1);
console.log(`${file}: OK`);
