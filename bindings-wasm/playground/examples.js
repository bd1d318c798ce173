// Invented people for the playground.

const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

export const users = {
  empty: { schemas: [USER] },
  complete: {
    schemas: [USER, ENTERPRISE],
    userName: "ines.okafor",
    name: { givenName: "Ines", familyName: "Okafor", formatted: "Ines Okafor" },
    displayName: "Ines Okafor",
    title: "Harbour pilot",
    preferredLanguage: "pt-PT",
    locale: "pt-PT",
    timezone: "Europe/Lisbon",
    active: true,
    emails: [
      { value: "ines@harbour.example", type: "work", primary: true },
      { value: "ines@lantern.example", type: "home" },
    ],
    phoneNumbers: [{ value: "tel:+351-21-555-0147", type: "work" }],
    [ENTERPRISE]: { employeeNumber: "H-2041", department: "Pilotage", costCenter: "HP-7" },
  },
  mistakes: {
    schemas: [USER, ENTERPRISE],
    name: { givenName: "Tomas", familyName: "Brandt" },
    active: true,
    locale: "german, mostly",
    emails: [
      { value: "tomas at harbour", type: "work", primary: true },
      { value: "tomas@lantern.example", type: "home", primary: true },
    ],
    addresses: [{ locality: "Bremen", country: "Germany" }],
    [ENTERPRISE]: { department: "Cranes" },
  },
};

export const crowd = [
  {
    userName: "ines.okafor",
    displayName: "Ines Okafor",
    active: true,
    emails: [{ value: "ines@harbour.example", type: "work", primary: true }],
    [ENTERPRISE]: { department: "Pilotage" },
    meta: { lastModified: "2026-02-11T08:15:00Z" },
  },
  {
    userName: "tomas.brandt",
    displayName: "Tomas Brandt",
    active: true,
    emails: [{ value: "tomas@lantern.test", type: "work" }],
    [ENTERPRISE]: { department: "Cranes" },
    meta: { lastModified: "2025-12-03T17:40:00Z" },
  },
  {
    userName: "Mirela.Stan",
    displayName: "Mirela Stan",
    title: "Harbour master",
    active: false,
    emails: [
      { value: "mirela@harbour.example", type: "work" },
      { value: "mirela@stan.example", type: "home" },
    ],
    meta: { lastModified: "2026-03-01T09:30:00Z" },
  },
];

export const filters = [
  'userName eq "mirela.stan"',
  'emails[type eq "work" and value ew ".example"] and active eq true',
  "title pr or not (active eq true)",
  'meta.lastModified ge "2026-01-01T00:00:00Z"',
  `${ENTERPRISE}:department sw "p"`,
  'userName eq "ines" adn active eq true',
];
