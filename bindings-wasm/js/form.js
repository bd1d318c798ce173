// Forms over a schema: values with plain names (`formView`), and a form made of them (`buildForm`).

export { formView } from "./form-view.js";
export { buildForm } from "./form-build.js";
