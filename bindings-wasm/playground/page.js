// The playground: a form over the schema of User, and filters tried on some users.

import { load } from "../dist/index.js";
import { buildForm, formView } from "../dist/form.js";
import { crowd, filters, users } from "./examples.js";

const $ = (id) => document.getElementById(id);

// ---- a user ----

function startForm({ schema, profiles }) {
  for (const name of Object.keys(profiles())) $("profile").append(new Option(name));
  $("profile").value = "rfc";
  const chosen = () => ({ mode: $("mode").value, profile: $("profile").value });
  const form = buildForm($("fields"), formView(schema("User")), {
    value: users.complete,
    validate: chosen(),
    onChange: (state) => showUser(form, state),
    onSubmit: () => ($("verdict").textContent = "This user is fine."),
  });
  $("user").addEventListener("submit", () => {
    if (form.issues.some(({ severity }) => severity === "error")) $("verdict").textContent = "Not yet.";
  });
  for (const select of [$("mode"), $("profile")]) select.addEventListener("change", () => form.judge(chosen()));
  for (const button of document.querySelectorAll("[data-example]")) {
    button.addEventListener("click", () => {
      form.show(users[button.dataset.example]);
      if (button.dataset.example === "mistakes") form.check();
    });
  }
  $("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText($("json").textContent);
    $("copy").textContent = "Copied";
    setTimeout(() => ($("copy").textContent = "Copy"), 1500);
  });
  showUser(form, form);
}

function showUser(form, { resource, issues }) {
  $("verdict").textContent = "";
  $("count").textContent = issues.length;
  $("fine").hidden = issues.length > 0;
  $("issues").replaceChildren(...issues.map((issue) => issueLine(form, issue)));
  $("json").replaceChildren(...coloured(JSON.stringify(resource, null, 2)));
}

function issueLine(form, { code, severity, pointer, message, help, spec, path }) {
  const line = make("li", severity);
  const place = make("button", "place", pointer || "(whole document)");
  place.type = "button";
  place.title = "Go to the field";
  place.addEventListener("click", () => form.focus(path));
  const first = make("p");
  first.append(make("span", `badge ${severity}`, severity), make("code", "code-name", code), place);
  line.append(first, make("p", "message", message), make("p", "help", help ? `${help} · ${spec}` : spec));
  return line;
}

// ---- a filter ----

function startFilter({ filter }) {
  $("users").value = JSON.stringify(crowd, null, 2);
  for (const text of filters) {
    const button = make("button", "code", text);
    button.type = "button";
    button.addEventListener("click", () => {
      $("expression").value = text;
      tryFilter(filter);
    });
    $("filters").append(button);
  }
  for (const input of [$("expression"), $("users")]) input.addEventListener("input", () => tryFilter(filter));
  tryFilter(filter);
}

function tryFilter(filter) {
  let parsed;
  let list;
  $("filter-problem").replaceChildren();
  $("users-problem").textContent = "";
  try {
    parsed = filter($("expression").value);
  } catch (error) {
    $("filter-problem").append(...pointedAt($("expression").value, error));
  }
  $("expression").setAttribute("aria-invalid", String(parsed === undefined));
  $("canonical").textContent = parsed?.toString() ?? "–";
  try {
    list = JSON.parse($("users").value);
    if (!Array.isArray(list)) throw new SyntaxError("an array of users is expected");
  } catch (error) {
    $("users-problem").textContent = error.message;
  }
  $("users").setAttribute("aria-invalid", String(list === undefined));
  showMatches(parsed, list);
}

function showMatches(parsed, list) {
  let count = 0;
  const lines = (parsed === undefined ? [] : (list ?? [])).map((user) => {
    const fits = parsed.matches(JSON.stringify(user));
    if (fits) count += 1;
    const line = make("li", fits ? "fits" : "misses");
    line.append(
      make("span", "mark", fits ? "✓" : "–"),
      make("strong", "", String(user?.displayName ?? user?.userName ?? "someone")),
      make("span", "verdict", fits ? "matches" : "does not match"),
    );
    return line;
  });
  $("matched").textContent = count;
  $("matches").replaceChildren(...lines);
}

// The text with a caret under the place, as a compiler would show it.
function pointedAt(text, error) {
  const [issue] = error.issues ?? [];
  const lines = [make("p", "", issue === undefined ? error.message : `${issue.code}: ${issue.message}`)];
  if (issue?.help) lines.push(make("p", "help", issue.help));
  if (issue?.span) {
    const [start, end] = issue.span;
    const marks = " ".repeat(start) + "^".repeat(Math.max(1, end - start));
    lines.unshift(make("pre", "caret", `${text}\n${marks}`));
  }
  return lines;
}

// ---- helpers ----

function make(name, className = "", text) {
  const node = document.createElement(name);
  if (className !== "") node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function coloured(text) {
  const parts = [];
  let last = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon = ""] = match;
    const kind = string === undefined ? "literal" : colon === "" ? "string" : "name";
    parts.push(text.slice(last, match.index), make("span", kind, string ?? whole), colon);
    last = match.index + whole.length;
  }
  return [...parts, text.slice(last)];
}

try {
  const started = performance.now();
  const api = await load();
  $("engine").textContent = `Engine ${api.version}, started in ${Math.round(performance.now() - started)} ms`;
  startForm(api);
  startFilter(api);
  document.documentElement.dataset.ready = "true";
} catch (error) {
  $("engine").textContent = "The engine did not start";
  $("failure").textContent = error.message;
  $("failure").hidden = false;
  throw error;
}
