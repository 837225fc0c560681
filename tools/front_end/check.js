// Lints the pages' scripts and styles for Chromium 90, the oldest browser stated, and checks their format.
//   node tools/front_end/check.js FILE…      run by tools/check.py
import { ESLint } from "eslint";
import prettier from "prettier";
import stylelint from "stylelint";
import { readFile } from "node:fs/promises";
import { dirname, parse, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import scripts from "./scripts.js";
import styles from "./styles.js";

const here = dirname(fileURLToPath(import.meta.url));
const FORMAT = { printWidth: 110 };

async function linted(files) {
  // from the root: a file outside the working folder would be passed over unread
  if (!files.length) return [];
  const eslint = new ESLint({ cwd: parse(here).root, overrideConfigFile: true, overrideConfig: scripts });
  const found = await eslint.lintFiles(files.map((name) => resolve(name)));
  return found.flatMap((file) =>
    file.messages.map((one) => [file.filePath, one.line, one.message, one.ruleId]),
  );
}

async function styled(files) {
  if (!files.length) return [];
  const { results } = await stylelint.lint({ files, config: styles, configBasedir: here });
  return results.flatMap((file) =>
    file.warnings.map((one) => [file.source, one.line, one.text.replace(` (${one.rule})`, ""), one.rule]),
  );
}

async function formatted(files) {
  const found = await Promise.all(
    files.map(async (name) => {
      const good = await prettier.check(await readFile(name, "utf-8"), { ...FORMAT, filepath: name });
      return good ? [] : [[name, 1, "not as prettier writes it: mend with --write", "format"]];
    }),
  );
  return found.flat();
}

const write = process.argv[2] === "--write";
const files = process.argv.slice(write ? 3 : 2);
if (write) {
  const { writeFile } = await import("node:fs/promises");
  for (const name of files)
    await writeFile(
      name,
      await prettier.format(await readFile(name, "utf-8"), { ...FORMAT, filepath: name }),
    );
} else {
  const found = await Promise.all([
    linted(files.filter((name) => name.endsWith(".js") && dirname(name) !== here)),
    styled(files.filter((name) => name.endsWith(".css"))),
    formatted(files),
  ]);
  for (const [name, line, text, rule] of found.flat())
    console.log(`${relative(process.cwd(), name)}:${line}: ${text} (${rule})`);
  process.exitCode = found.flat().length ? 1 : 0;
}
