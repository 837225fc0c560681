// What the scripts may use: the language of 2021 and the interfaces of Chromium 90; nothing evaluated, nothing global.
import compat from "eslint-plugin-compat";
import es from "eslint-plugin-es-x";

const NAMES =
  "window document location history navigator sessionStorage localStorage fetch console setTimeout clearTimeout " +
  "setInterval clearInterval requestAnimationFrame cancelAnimationFrame performance matchMedia getComputedStyle " +
  "URL URLSearchParams FormData Headers Request Response Blob File Image Event CustomEvent KeyboardEvent Element " +
  "HTMLElement Node DOMParser AbortController IntersectionObserver MutationObserver ResizeObserver CSS crypto " +
  "XMLHttpRequest TextEncoder TextDecoder btoa atob htmx";
// Iterator's own methods have the names of Array's: without types the rule would refuse every map()
const mistaken = Object.keys(es.rules).filter((name) => name.startsWith("no-iterator-prototype-"));
const later = [2022, 2023, 2024, 2025, 2026].map((year) => es.configs["flat/no-new-in-es" + year]);

export default [
  ...later.filter(Boolean),
  compat.configs["flat/recommended"],
  {
    settings: { "es-x": { aggressive: true }, browsers: ["chrome 90"] },
    languageOptions: {
      ecmaVersion: 2021,
      sourceType: "script",
      globals: Object.fromEntries(NAMES.split(" ").map((name) => [name, "readonly"])),
    },
    linterOptions: { reportUnusedDisableDirectives: true },
    rules: {
      ...Object.fromEntries(mistaken.map((name) => ["es-x/" + name, "off"])),
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-implicit-globals": "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-alert": "error",
      "no-console": "error",
      strict: ["error", "function"],
      "max-lines": ["error", 400],
    },
  },
  // the file room's script waits for its split by subject
  { files: ["**/dossier.js"], rules: { "max-lines": ["error", 550] } },
];
