// Invented people, the same ones every time.

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
const BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const GIVEN = ["Rosa", "Milo", "Ines", "Tarek", "Anouk", "Bela", "Corin", "Duna", "Emre", "Fia", "Goran", "Hedda", "Ilya"];
const FAMILY = ["Lind", "Okafor", "Brandt", "Castell", "Duarte", "Eklund", "Farrow", "Galan", "Hoxha", "Ivarsen", "Jansa"];
const TITLE = ["Baker", "Cartographer", "Lighthouse keeper", "Glazier", "Archivist", "Ferry pilot", "Cooper"];
const PLACE = ["North", "Harbour", "Mill", "Orchard", "Quarry"];

// Most operations of one Bulk.
const AT_ONCE = 500;

function person(index) {
  const [givenName, familyName] = [GIVEN[index % GIVEN.length], FAMILY[index % FAMILY.length]];
  const userName = `${givenName}.${familyName}.${index + 1}@harbour.example`.toLowerCase();
  return {
    schemas: [USER, ENTERPRISE],
    userName,
    externalId: `hr-${index + 1}`,
    name: { givenName, familyName },
    displayName: `${givenName} ${familyName}`,
    title: TITLE[index % TITLE.length],
    active: index % 9 !== 8,
    emails: [{ value: userName, type: "work", primary: true }],
    [ENTERPRISE]: { employeeNumber: String(1000 + index), department: PLACE[index % PLACE.length] },
  };
}

// Answers how many were sown: none where there are resources already.
export async function sow(scim, token, count) {
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" };
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const response = await scim.fetch(new Request(`http://localhost/scim/v2${path}`, init));
    const answer = await response.json();
    if (!response.ok) throw new Error(`seeds were refused: ${answer.detail}`);
    return answer;
  };
  if ((await ask("GET", "/?count=0")).totalResults > 0) return 0;
  for (let begin = 0; begin < count; begin += AT_ONCE) {
    const people = Array.from({ length: Math.min(AT_ONCE, count - begin) }, (_, place) => person(begin + place));
    const made = await ask("POST", "/Bulk", {
      schemas: [BULK],
      Operations: people.map((data, place) => ({ method: "POST", path: "/Users", bulkId: `u-${place}`, data })),
    });
    const ids = made.Operations.map(({ status, location }) => {
      if (status !== "201") throw new Error("seeds were refused");
      return decodeURIComponent(location.slice(location.lastIndexOf("/") + 1));
    });
    const groups = [];
    for (let first = 0; first < ids.length; first += 10) {
      const members = ids.slice(first, first + 10).map((value) => ({ value }));
      const number = (begin + first) / 10;
      const data = { schemas: [GROUP], displayName: `${PLACE[number % PLACE.length]} ${number + 1}`, members };
      groups.push({ method: "POST", path: "/Groups", bulkId: `g-${first}`, data });
    }
    await ask("POST", "/Bulk", { schemas: [BULK], Operations: groups });
  }
  return count;
}
