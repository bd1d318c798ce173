export default function Page() {
  return <h1>An application with SCIM at /scim/v2</h1>;
}
