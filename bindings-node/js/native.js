// Classes over the addon's functions, the same as WebAssembly's glue has: `shared.js` builds its
// face from either.

// In the addon schemas, documents and filters are numbers. Those that stay there until they are
// dropped are dropped when what holds them here is collected.
export function classes(addon) {
  const calls = Object.assign({}, ...addon.calls());
  const dropping = new FinalizationRegistry(([drop, number]) => drop(number));

  class Document {
    #number;

    constructor(schema, document) {
      this.#number = calls.document(schema, document);
      dropping.register(this, [calls.dropDocument, this.#number]);
    }

    get number() {
      return this.#number;
    }

    validate(options) {
      return calls.documentValidate(this.#number, options);
    }

    isValid(options) {
      return calls.documentIsValid(this.#number, options);
    }

    matches(filter) {
      return filter.asked((number) => calls.documentMatches(this.#number, number));
    }

    project(options) {
      return calls.documentProject(this.#number, options);
    }

    applyPatch(patch, options) {
      return calls.documentApplyPatch(this.#number, patch, options);
    }

    toText() {
      return calls.documentText(this.#number);
    }
  }

  // The addon forgets filters (see `Filters` in store.rs): such a one is read again when it is
  // asked, and kept from then on. A filter that is kept has a negative number.
  class Filter {
    #number;
    #schema;
    #text;
    #options;

    constructor(number, schema, text, options) {
      this.#number = number;
      this.#schema = schema;
      this.#text = text;
      this.#options = options;
      if (number < 0) dropping.register(this, [calls.dropFilter, number]);
    }

    asked(ask) {
      return ask(this.#number) ?? ask(this.#kept());
    }

    #kept() {
      this.#number = calls.keepFilter(this.#schema.number, this.#text, this.#options);
      dropping.register(this, [calls.dropFilter, this.#number]);
      return this.#number;
    }

    matches(document) {
      return calls.matches(this.#number, document) ?? calls.matches(this.#kept(), document);
    }

    explain(document) {
      return this.asked((number) => calls.explain(number, document));
    }

    simplified() {
      return new Filter(this.asked((number) => calls.simplified(number)));
    }

    source() {
      return this.asked(calls.filterSource);
    }

    toText() {
      return this.asked(calls.filterText);
    }

    expression() {
      return this.asked(calls.expression);
    }

    trace() {
      return this.asked(calls.trace);
    }
  }

  class Schema {
    #number;

    constructor(number) {
      this.#number = number;
      dropping.register(this, [calls.dropSchema, number]);
    }

    static named(name) {
      return new Schema(calls.schemaNamed(name));
    }

    static fromDocuments(documents) {
      return new Schema(calls.schemaOf(documents));
    }

    static #user = Schema.named("User");
    static #group = Schema.named("Group");

    static forDocument(document) {
      return calls.isOfGroup(document) ? Schema.#group : Schema.#user;
    }

    get number() {
      return this.#number;
    }

    validate(document, options) {
      return calls.validate(this.#number, document, options);
    }

    isValid(document, options) {
      return calls.isValid(this.#number, document, options);
    }

    validateAt(document, pointer, options) {
      return calls.validateAt(this.#number, document, pointer, options);
    }

    fields() {
      return calls.fields(this.#number);
    }

    toText() {
      return calls.schemaText(this.#number);
    }

    toTypescript() {
      return calls.toTypescript(this.#number);
    }

    toJsonSchema(options) {
      return calls.toJsonSchema(this.#number, options);
    }

    filter(text, options) {
      return new Filter(calls.filter(this.#number, text, options), this, text, options);
    }

    filterFrom(expression, options) {
      return new Filter(calls.keepFilterFrom(this.#number, expression, options));
    }

    applyPatch(document, patch, options) {
      return calls.applyPatch(this.#number, document, patch, options);
    }

    explainPatch(document, patch, options) {
      return calls.explainPatch(this.#number, document, patch, options);
    }

    inverse(document, patch, options) {
      return calls.inverse(this.#number, document, patch, options);
    }

    diff(old, document) {
      return calls.diff(this.#number, old, document);
    }

    emit(document, options) {
      return calls.emit(this.#number, document, options);
    }

    emitPatch(patch, options) {
      return calls.emitPatch(this.#number, patch, options);
    }

    document(document) {
      return new Document(this.#number, document);
    }

    project(document, options) {
      return calls.project(this.#number, document, options);
    }

    order(documents, options) {
      return calls.order(this.#number, documents, options);
    }

    orderDocuments(documents, options) {
      const numbers = new Uint32Array(documents.length);
      for (let at = 0; at < numbers.length; at += 1) numbers[at] = documents[at].number;
      return calls.orderDocuments(this.#number, numbers, options);
    }
  }

  return { ...addon, Schema };
}
