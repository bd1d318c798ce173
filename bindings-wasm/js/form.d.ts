import type { Field, Issue, Resource, Schema, StandardSchemaV1, ValidateOptions } from "./types.js";

/** The values of a form: extensions under plain names, empty texts for what is absent. */
export type FormValues = { [name: string]: any };

/** A field of a form view. */
export interface FormField extends Field {
  /** Its name in the form: that of the attribute, or an extension's alias. */
  key: string;
}

/** What a form view needs of a schema; both bundles have it. */
export type FormSchema<R = Resource> = Pick<Schema<R>, "fields" | "validate" | "validateAt" | "toJSON"> &
  StandardSchemaV1<unknown, R>;

/**
 * A schema as a form sees it. It is a Standard Schema, so that form libraries take it as it is;
 * what comes out of them is the resource.
 *
 * @example
 * const view = formView(schema("User"));
 * useForm({ resolver: standardSchemaResolver(view), defaultValues: view.toForm(user) });
 */
export interface FormView<R = Resource> extends StandardSchemaV1<FormValues, R> {
  readonly fields: FormField[];
  /** Values for a form, copied from a resource. */
  toForm(resource: Partial<R> | undefined): FormValues;
  /**
   * The resource that a form's values say: URNs instead of aliases, `schemas` in step with the
   * extensions, nothing for empty texts and empty list items, `true` for "on", numbers and moments
   * where the schema wants them.
   */
  fromForm(values: FormValues): R;
  /** Issues whose `path` is the form's; `pointer` and `scimPath` stay the resource's. */
  validate(values: FormValues, options?: ValidateOptions): Issue[];
  /** The same for one field, by its path in the form. */
  validateAt(values: FormValues, path: (string | number)[], options?: ValidateOptions): Issue[];
}

/**
 * @param options.aliases names for extensions: `{ badge: "urn:example:…:2.0:User" }`. The others
 * get one made from their URN: `enterprise` for the enterprise extension.
 */
export function formView<R = Resource>(
  schema: FormSchema<R>,
  options?: { aliases?: Record<string, string> },
): FormView<R>;

export interface FormState<R = Resource> {
  values: FormValues;
  resource: R;
  issues: Issue[];
}

export interface FormOptions<R = Resource> {
  /** The resource to begin with. */
  value?: Partial<R>;
  /** How values are judged. */
  validate?: ValidateOptions;
  /** The text for an issue, from its `code` and `params`: for other languages. */
  message?: (issue: Issue) => string;
  /** The label of a field. */
  label?: (field: FormField) => string;
  /** SCIM paths of fields to leave out, such as `name.formatted`. */
  skip?: string[];
  /** The form's own words. */
  texts?: Partial<{
    add(what: string): string;
    remove(what: string): string;
    item(what: string, number: number): string;
    required: string;
    summary(count: number): string;
  }>;
  /** Called after every change. */
  onChange?: (state: FormState<R>) => void;
  /** Called when the form is sent and has no errors. */
  onSubmit?: (state: FormState<R>) => void;
}

/** A form that was built. */
export interface FormControls<R = Resource> extends FormState<R> {
  /** Shows another resource. */
  show(resource: Partial<R>): void;
  /** Shows all issues, in a summary too; the answer is whether there is no error. */
  check(): boolean;
  /** Puts the focus where an issue's path leads. */
  focus(path: (string | number)[]): void;
  /** Judges the values anew, by other options. */
  judge(options: ValidateOptions | undefined): void;
  /** Takes the form away. */
  remove(): void;
}

/**
 * Builds a form into an element, in plain HTML without styles: classes begin with `scim-`. A field
 * is judged when it is left and, while it is wrong, at every keystroke.
 */
export function buildForm<R = Resource>(
  container: HTMLElement,
  view: FormView<R>,
  options?: FormOptions<R>,
): FormControls<R>;
