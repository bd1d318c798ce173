// A form made from a form view, in plain HTML: labels, groups, lists with add and remove, and what
// is wrong beside the field it is about. A field is judged when it is left; from then on, while
// it is wrong, at every keystroke.

import { element, labelOf, singularOf } from "./form-parts.js";

let forms = 0;

/**
 * Builds the fields of `view` into `container`, a form or a part of one. Options:
 * `value` (a resource), `validate` (options of Schema.validate), `message` and `label` (texts, for
 * other languages), `skip` (paths such as "name.formatted" to leave out), `texts` (the words of the
 * form itself), `onChange` and `onSubmit` (called with `{ values, resource, issues }`).
 */
export function buildForm(container, view, options = {}) {
  return new Form(container, view, options).controls;
}

const TEXTS = {
  add: (what) => `Add ${what}`,
  remove: (what) => `Remove ${what}`,
  item: (what, number) => `${what} ${number}`,
  required: "required",
  summary: (count) => (count === 1 ? "There is one problem" : `There are ${count} problems`),
};

class Form {
  #container;
  #view;
  #options;
  #texts;
  #form;
  #prefix = `scim-${++forms}`;
  #values;
  // Everything that can show an issue, by its path as text.
  #places = new Map();
  // Paths that have been left once, those that show an issue, and the one being typed in.
  #left = new Set();
  #showing = new Set();
  #withheld;
  #everything = false;
  #summary;
  // While a button of the mouse is down nothing may move, or the click would miss its target.
  #pressed = false;
  #listeners = new AbortController();

  constructor(container, view, options) {
    this.#container = container;
    this.#view = view;
    this.#options = { message: (issue) => issue.message, label: labelOf, skip: [], ...options };
    this.#texts = { ...TEXTS, ...options.texts };
    this.#form = container.closest("form");
    this.#values = view.toForm(options.value);
    this.#build();
    this.#listen();
  }

  get controls() {
    const form = this;
    return {
      get values() {
        return JSON.parse(JSON.stringify(form.#values));
      },
      get resource() {
        return form.#view.fromForm(form.#values);
      },
      get issues() {
        return form.#issues();
      },
      /** Shows another resource. */
      show: (resource) => form.#show(resource),
      /** Shows all issues, in a summary too; the answer is whether there is no error. */
      check: () => form.#check(),
      /** Puts the focus where an issue's path leads. */
      focus: (path) => form.#places.get(form.#placeOf(path))?.target.focus(),
      /** Judges the values anew, by other options of Schema.validate. */
      judge: (options) => {
        form.#options.validate = options;
        form.#changed();
      },
      /** Takes the form away. */
      remove: () => form.#remove(),
    };
  }

  #issues() {
    return this.#view.validate(this.#values, this.#options.validate);
  }

  #state() {
    return { values: this.#values, resource: this.#view.fromForm(this.#values), issues: this.#issues() };
  }

  // ---- building ----

  #build() {
    this.#summary = element("div", { class: "scim-summary", role: "alert", tabindex: "-1" });
    this.#summary.hidden = true;
    this.#container.replaceChildren(this.#summary, this.#fields(this.#view.fields, []));
  }

  #fields(fields, path) {
    const group = element("div", { class: "scim-fields" });
    for (const field of fields) {
      if (field.readOnly || this.#options.skip.includes(field.path)) continue;
      group.append(this.#field(field, [...path, field.key ?? field.name]));
    }
    return group;
  }

  #field(field, path) {
    if (field.multiValued) return this.#list(field, path);
    return field.fields === undefined ? this.#control(field, path, this.#options.label(field)) : this.#group(field, path);
  }

  #group(field, path) {
    const node = this.#fieldset(field, path, this.#options.label(field), "scim-group");
    node.append(this.#fields(field.fields, path));
    return node;
  }

  #fieldset(field, path, label, kind) {
    const id = this.#id(path);
    const error = element("p", { class: "scim-error", id: `${id}-error`, "aria-live": "polite" });
    error.hidden = true;
    const node = element("fieldset", { class: kind, id, tabindex: "-1", "aria-describedby": error.id });
    node.append(element("legend", {}, [label]), error);
    this.#places.set(key(path), { node, target: node, error, label });
    return node;
  }

  #list(field, path) {
    const label = this.#options.label(field);
    const what = singularOf(label);
    const node = this.#fieldset(field, path, label, "scim-list");
    const items = valueAt(this.#values, path);
    (Array.isArray(items) ? items : []).forEach((_, index) => node.append(this.#item(field, [...path, index], what)));
    const add = element("button", { type: "button", class: "scim-add" }, [this.#texts.add(what.toLowerCase())]);
    add.addEventListener("click", () => {
      const count = valueAt(this.#values, path)?.length ?? 0;
      setAt(this.#values, [...path, count], field.fields === undefined ? "" : {});
      this.#rebuild(field, path);
      this.#places.get(key([...path, count]))?.node.querySelector("input")?.focus();
      this.#changed();
    });
    node.append(add);
    return node;
  }

  #item(field, path, what) {
    const title = this.#texts.item(what, path.at(-1) + 1);
    const node = this.#fieldset(field, path, title, "scim-item");
    if (field.fields === undefined) {
      // The value stands at the item's own path; the group is only the frame around it.
      node.append(this.#control({ ...field, multiValued: false }, path, title));
    } else {
      node.append(this.#fields(field.fields, path));
    }
    const remove = element("button", { type: "button", class: "scim-remove" }, [this.#texts.remove(title.toLowerCase())]);
    remove.addEventListener("click", () => {
      const list = path.slice(0, -1);
      valueAt(this.#values, list).splice(path.at(-1), 1);
      this.#left = renumbered(this.#left, path);
      const rebuilt = this.#rebuild(field, list);
      rebuilt.querySelector(":scope > .scim-add").focus();
      this.#changed();
    });
    node.append(remove);
    return node;
  }

  #rebuild(field, path) {
    const old = this.#places.get(key(path)).node;
    for (const place of [...this.#places.keys()]) if (isWithin(place, key(path))) this.#places.delete(place);
    this.#showing.clear();
    const fresh = this.#list(field, path);
    old.replaceWith(fresh);
    return fresh;
  }

  #control(field, path, label) {
    const id = this.#id(path, "control");
    const checkbox = field.type === "boolean";
    const input = element("input", {
      id,
      name: path.join("."),
      type: checkbox ? "checkbox" : (field.inputType ?? "text"),
      autocomplete: field.autocomplete ?? "off",
      "aria-required": field.required ? "true" : undefined,
    });
    const value = valueAt(this.#values, path);
    if (checkbox) input.checked = value === true || value === "true" || value === "on";
    else input.value = shown(value, input.type);
    const error = element("p", { class: "scim-error", id: `${id}-error`, "aria-live": "polite" });
    error.hidden = true;
    const parts = [element("label", { for: id }, this.#labelParts(label, field)), input];
    if (field.canonicalValues?.length > 0) parts.push(suggestions(input, field.canonicalValues));
    if (field.description) {
      const hint = element("p", { class: "scim-hint", id: `${id}-hint` }, [field.description]);
      parts.push(hint);
      input.setAttribute("aria-describedby", hint.id);
    }
    const node = element("div", { class: checkbox ? "scim-field scim-checkbox" : "scim-field" }, [...parts, error]);
    this.#places.set(key(path), { node, target: input, error, label });
    this.#follow(input, path, checkbox);
    return node;
  }

  #labelParts(label, field) {
    if (!field.required) return [label];
    return [label, " ", element("span", { class: "scim-required" }, [this.#texts.required])];
  }

  #id(path, suffix) {
    return [this.#prefix, ...path, ...(suffix === undefined ? [] : [suffix])].join("-").replace(/[^\w-]/g, "_");
  }

  // ---- following ----

  #follow(input, path, checkbox) {
    const place = key(path);
    input.addEventListener("input", () => {
      setAt(this.#values, path, checkbox ? input.checked : input.value);
      // A click is a decision, typing is not done until the field is left.
      if (checkbox) this.#left.add(place);
      else if (!this.#showing.has(place)) this.#withheld = place;
      this.#changed();
    });
    input.addEventListener("blur", () => {
      this.#left.add(place);
      this.#withheld = undefined;
      if (!this.#pressed) this.#refresh(this.#issues());
    });
  }

  #listen() {
    const { signal } = this.#listeners;
    const page = this.#container.ownerDocument;
    page.addEventListener("pointerdown", () => (this.#pressed = true), { signal, capture: true });
    for (const released of ["pointerup", "pointercancel"]) {
      page.addEventListener(released, () => setTimeout(() => this.#released()), { signal, capture: true });
    }
    if (this.#form === null) return;
    this.#form.noValidate = true;
    this.#form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        if (this.#check()) this.#options.onSubmit?.(this.#state());
      },
      { signal },
    );
  }

  #released() {
    if (!this.#pressed) return;
    this.#pressed = false;
    if (!this.#listeners.signal.aborted) this.#refresh(this.#issues());
  }

  #changed() {
    const state = this.#state();
    this.#refresh(state.issues);
    this.#options.onChange?.(state);
  }

  #show(resource) {
    this.#values = this.#view.toForm(resource);
    this.#places.clear();
    this.#left.clear();
    this.#showing.clear();
    this.#withheld = undefined;
    this.#everything = false;
    this.#build();
    this.#options.onChange?.(this.#state());
  }

  #check() {
    this.#everything = true;
    this.#withheld = undefined;
    const issues = this.#issues();
    this.#refresh(issues);
    const errors = issues.filter(({ severity }) => severity === "error");
    this.#summarize(errors);
    return errors.length === 0;
  }

  #remove() {
    this.#listeners.abort();
    this.#container.replaceChildren();
  }

  // ---- showing ----

  #refresh(issues) {
    const byPlace = new Map();
    for (const issue of issues) {
      const place = this.#placeOf(issue.path);
      if (place === undefined || !this.#isDue(place)) continue;
      byPlace.set(place, [...(byPlace.get(place) ?? []), issue]);
    }
    for (const [place, parts] of this.#places) this.#mark(parts, byPlace.get(place) ?? []);
    this.#showing = new Set(byPlace.keys());
    if (!issues.some(({ severity }) => severity === "error")) this.#summarize([]);
  }

  // The nearest field, item, list or group that the form has for a path.
  #placeOf(path) {
    for (let length = path.length; length > 0; length -= 1) {
      const place = key(path.slice(0, length));
      if (this.#places.has(place)) return place;
    }
    return undefined;
  }

  // A rule about a whole list is due when any field in it has been left.
  #isDue(place) {
    if (place === this.#withheld) return false;
    return this.#everything || this.#left.has(place) || [...this.#left].some((left) => isWithin(left, place));
  }

  #mark({ target, error, node }, issues) {
    const wrong = issues.some(({ severity }) => severity === "error");
    const text = issues.map((issue) => this.#options.message(issue)).join(". ");
    if (error.textContent !== text) error.textContent = text;
    error.hidden = issues.length === 0;
    node.classList.toggle("scim-wrong", wrong);
    node.classList.toggle("scim-doubtful", issues.length > 0 && !wrong);
    if (target.localName !== "input") return;
    if (wrong) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
    const hint = node.querySelector(".scim-hint")?.id;
    const described = [hint, issues.length > 0 ? error.id : undefined].filter((id) => id !== undefined);
    if (described.length > 0) target.setAttribute("aria-describedby", described.join(" "));
    else target.removeAttribute("aria-describedby");
  }

  #summarize(errors) {
    this.#summary.hidden = errors.length === 0;
    if (errors.length === 0) {
      this.#summary.replaceChildren();
      return;
    }
    const lines = errors.map((issue) => {
      const parts = this.#places.get(this.#placeOf(issue.path));
      const text = this.#options.message(issue);
      if (parts === undefined) return element("li", {}, [text]);
      const link = element("a", { href: `#${parts.target.id}` }, [`${parts.label}: ${text}`]);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        parts.target.focus();
      });
      return element("li", {}, [link]);
    });
    const title = element("p", {}, [this.#texts.summary(errors.length)]);
    this.#summary.replaceChildren(title, element("ul", {}, lines));
  }
}

// ---- values ----

function valueAt(values, path) {
  return path.reduce((inner, step) => (inner === undefined || inner === null ? undefined : inner[step]), values);
}

function setAt(values, path, value) {
  let at = values;
  path.slice(0, -1).forEach((step, depth) => {
    if (typeof at[step] !== "object" || at[step] === null) {
      at[step] = typeof path[depth + 1] === "number" ? [] : {};
    }
    at = at[step];
  });
  at[path.at(-1)] = value;
}

// How an input holds a value; a moment is shown in the zone of the person.
function shown(value, inputType) {
  if (value === undefined || value === null) return "";
  if (inputType !== "datetime-local") return String(value);
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return "";
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function suggestions(input, values) {
  const id = `${input.id}-values`;
  input.setAttribute("list", id);
  return element("datalist", { id }, values.map((value) => element("option", { value })));
}

// ---- paths as text ----

function key(path) {
  return path.map((step) => `/${step}`).join("");
}

function isWithin(inner, outer) {
  return inner === outer || inner.startsWith(`${outer}/`);
}

// The paths after an item was taken out of its list.
function renumbered(paths, removed) {
  const list = `${key(removed.slice(0, -1))}/`;
  const fresh = new Set();
  for (const path of paths) {
    if (!path.startsWith(list)) {
      fresh.add(path);
      continue;
    }
    const [index, ...rest] = path.slice(list.length).split("/");
    const number = Number(index);
    if (number === removed.at(-1)) continue;
    fresh.add(list + [number > removed.at(-1) ? number - 1 : number, ...rest].join("/"));
  }
  return fresh;
}
