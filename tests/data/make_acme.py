"""Writes acme.ldif and the bad inputs beside it. Everyone in them is invented.

The same bytes on every run: `python3 make_acme.py`.
"""

import base64
from pathlib import Path

HERE = Path(__file__).parent


class Dice:
    """A generator of its own, so that no Python release changes the file."""

    def __init__(self, seed):
        self.state = seed

    def roll(self, sides):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % sides

    def pick(self, things):
        return things[self.roll(len(things))]

    def bytes(self, count):
        return bytes(self.roll(256) for _ in range(count))


DICE = Dice(20260301)

GIVEN = """Amara Björn Chiara Dmytro Élodie Farah Goran Hana İlker Jörg Kwame Léa Małgorzata Niamh
Oluwaseun Paavo Quỳnh Rosalía Søren Tomáš Urška Vigdís Wanjiru Xóchitl Yiannis Zsófia Aiko 美咲 伟 지우
Αλέξης Ольга דנה ليلى अनिल""".split()
FAMILY = """Abernathy Brontë-Hale Çelik Dvořák Echeverría Fitzgibbon Grönholm Håkansson Ibáñez Jędrzejewski
Kowalczyk Lindqvist Müller-Voss Nguyễn Ó-Briain Papadopoulou Quintela Rønning Šimková Tavares
Umarova Väisänen Weiß Yıldız Zając 佐藤 王 김 Παππάς Коваленко לוי حداد शर्मा""".split()
TITLES = ["Cartographer", "Night baker", "Ferry pilot", "Köchin", "Ingénieure", "Lighthouse keeper", "Librarian"]
UNITS = ["Cartography", "Bakery", "Harbour", "Archive", "Bridges"]
CITIES = [("Bergen", "Vestland", "5003", "NO"), ("Łódź", "Łódzkie", "90-001", "PL"), ("Porto", "Norte", "4000-001", "PT"), ("京都市", "京都府", "600-8001", "JP")]
PLAIN = str.maketrans("çğıİñøØåÅäÄöÖüÜßéÉíáóúýšŠěřáćłŁąężśź", "cgiInoOaAaAoOuUseEiaouysSeraclLaezsz")


def safe(value):
    """Whether a value can stand as it is (RFC 2849)."""
    if isinstance(value, bytes):
        return False
    return value == "" or (
        value.isascii() and value[0] not in " :<" and not value.endswith(" ") and not set(value) & set("\0\r\n")
    )


def fold(line):
    """Lines of at most 76 bytes; what is not ASCII is base64 already, or stays whole."""
    parts = [line[:76]]
    parts += [" " + line[at : at + 75] for at in range(76, len(line), 75)]
    return "\n".join(parts)


def line(name, value, raw=False):
    if safe(value) or raw:
        return fold(f"{name}: {value}") if value else f"{name}:"
    data = value if isinstance(value, bytes) else value.encode()
    return fold(f"{name}:: {base64.b64encode(data).decode()}")


def escape(value):
    for character in '\\,+"<>;':
        value = value.replace(character, "\\" + character)
    return value


RECORDS = []


def record(dn, attributes, comment=None, raw=False):
    lines = [line("dn", dn, raw)]
    for at, (name, value) in enumerate(attributes):
        if comment and at == 2:
            lines.append(fold(f"# {comment}"))
        lines.append(line(name, value, raw))
    RECORDS.append("\n".join(lines))


def uuid(number):
    return f"{number * 2654435761 % 2**32:08x}-0ac3-4e5f-{0x8000 + number:04x}-{number * 40503:012x}"


def login(given, family, taken):
    """An ASCII name to log in with, not used before."""
    text = "".join(c for c in (given[0] + family).translate(PLAIN).lower() if c.isascii() and c.isalpha())
    text = text if len(text) > 2 else "member"
    name, number = text, 1
    while name in taken:
        number += 1
        name = f"{text}{number}"
    taken.add(name)
    return name


def spelled(dn, style):
    """The same name as another writer would put it."""
    if style == 0:
        return dn
    if style == 1:
        return dn.replace("uid=", "UID=").replace(",ou=", ", OU=").replace(",dc=", " , DC=")
    return dn.upper() if dn.isascii() and "\\" not in dn else dn


PEOPLE = []


def directory_people(count):
    taken = set()
    for number in range(1, count + 1):
        given, family = DICE.pick(GIVEN), DICE.pick(FAMILY)
        uid = login(given, family, taken)
        unit = DICE.pick(UNITS)
        if number % 23 == 0:
            dn = f"cn={escape(family + ', ' + given)}+uid={uid},ou=people,dc=acme,dc=test"
        else:
            dn = f"uid={uid},ou=people,dc=acme,dc=test"
        attributes = [("objectClass", "top"), ("objectClass", "inetOrgPerson"), ("uid", uid)]
        attributes += [("cn", f"{given} {family}"), ("sn", family), ("givenName", given)]
        if number % 3:
            attributes.append(("displayName", f"{given} {family[0]}."))
        attributes.append(("mail", f"{uid}@acme.test"))
        if number % 7 == 0:
            attributes.append(("mail", f"{uid}@harbour.acme.test"))
        attributes.append(("telephoneNumber", f"+47 55 50 {number:04}"))
        if number % 2:
            attributes.append(("mobile", f"+47 955 50 {number:03}"))
        attributes += [("title", DICE.pick(TITLES)), ("departmentNumber", unit), ("employeeNumber", f"{number:05}")]
        if number % 4 == 0:
            city, region, code, country = DICE.pick(CITIES)
            attributes += [("street", f"Quay Street {number}"), ("l", city), ("st", region), ("postalCode", code), ("c", country)]
            attributes.append(("postalAddress", f"Acme $ Quay Street {number} $ {city}"))
        if number % 5 == 0:
            attributes.append(("description", f"{given} looks after the {unit.lower()} and everything that is folded at the seventy-sixth column of a line."))
        if number % 31 == 0:
            attributes.append(("jpegPhoto;binary", b"\xff\xd8\xff\xe0" + DICE.bytes(420)))
        if number % 6 == 0:
            attributes += [("objectClass", "posixAccount"), ("uidNumber", str(20000 + number)), ("gidNumber", "200"), ("homeDirectory", f"/home/{uid}"), ("loginShell", "/bin/sh")]
        if number % 9 == 0:
            attributes += [("title;lang-no", "Kartograf"), ("preferredLanguage", "nb_NO.UTF-8")]
        if number % 10 == 0:
            attributes.append(("userPassword", "correct horse " + uid))
        elif number % 2 == 0:
            attributes.append(("userPassword", "{SSHA}" + base64.b64encode(DICE.bytes(28)).decode()))
        if number % 40 == 0:
            attributes.append(("pwdAccountLockedTime", "000001010000Z"))
        if PEOPLE:
            attributes.append(("manager", spelled(DICE.pick(PEOPLE)["dn"], number % 3)))
        elif number == 1:
            attributes.append(("description", "The first of all."))
        attributes += [("entryUUID", uuid(number)), ("createTimestamp", "20250102030405Z"), ("entryCSN", f"20250102030405.{number:06}Z#000000#000#000000")]
        PEOPLE.append({"dn": dn, "uid": uid})
        record(dn, attributes, comment="moved here from the old harbour directory, as can be seen from a comment this long" if number % 17 == 0 else None, raw=number % 29 == 0)


def directory_groups():
    for number, unit in enumerate(UNITS, 1):
        members = [person["dn"] for at, person in enumerate(PEOPLE) if at % len(UNITS) == number - 1]
        attributes = [("objectClass", "groupOfNames"), ("cn", unit), ("description", f"Those of the {unit.lower()}")]
        attributes += [("member", spelled(dn, at % 3)) for at, dn in enumerate(members)]
        record(f"cn={unit},ou=groups,dc=acme,dc=test", attributes + [("entryUUID", uuid(5000 + number))])
    for number, name in enumerate(["Staff, all", "Night shift", "Équipe pont", "夜勤", "Chess+Go"], 1):
        members = [person["dn"] for at, person in enumerate(PEOPLE) if at % 11 == number]
        attributes = [("objectClass", "groupOfUniqueNames"), ("cn", name)]
        attributes += [("uniqueMember", dn + ("#'0101'B" if at == 0 else "")) for at, dn in enumerate(members)]
        record(f"cn={escape(name)},ou=groups,dc=acme,dc=test", attributes)
    for number, name in enumerate(["sailors", "printers", "builders", "divers"], 1):
        attributes = [("objectClass", "posixGroup"), ("cn", name), ("gidNumber", str(200 + number))]
        attributes += [("memberUid", person["uid"]) for at, person in enumerate(PEOPLE) if at % 13 == number]
        record(f"cn={name},ou=groups,dc=acme,dc=test", attributes)
    nested = [("objectClass", "groupOfNames"), ("cn", "everyone")]
    nested += [("member", f"cn={unit},ou=groups,dc=acme,dc=test") for unit in UNITS]
    record("cn=everyone,ou=groups,dc=acme,dc=test", nested + [("member", "uid=left.long.ago,ou=people,dc=acme,dc=test")])
    dn = "cn=empty,ou=groups,dc=acme,dc=test"
    record(dn, [("objectClass", "groupOfNames"), ("cn", "empty"), ("member", dn)])
    record("cn=reserved,ou=groups,dc=acme,dc=test", [("objectClass", "groupOfNames"), ("cn", "reserved"), ("member", "cn=dummy")])


def others():
    record("dc=acme,dc=test", [("objectClass", "dcObject"), ("objectClass", "organization"), ("dc", "acme"), ("o", "Acme")])
    for unit in ["people", "groups", "services"]:
        record(f"ou={unit},dc=acme,dc=test", [("objectClass", "organizationalUnit"), ("ou", unit)])
    for name in ["backup", "mailer", "monitor"]:
        record(f"uid={name},ou=services,dc=acme,dc=test", [("objectClass", "account"), ("objectClass", "simpleSecurityObject"), ("uid", name), ("userPassword", "{SSHA}" + base64.b64encode(DICE.bytes(28)).decode())])


def sid(number):
    parts = [21, 1004336348, 1177238915, 682003330, number]
    return bytes([1, len(parts), 0, 0, 0, 0, 0, 5]) + b"".join(part.to_bytes(4, "little") for part in parts)


def windows(count):
    base = "DC=corp,DC=acme,DC=test"
    names = []
    for number in range(1, count + 1):
        given, family = DICE.pick(GIVEN), DICE.pick(FAMILY)
        login_name = f"w{number:03}"
        cn = f"{given} {family} {number}"
        dn = f"CN={escape(family + ', ' + given)} {number},OU=Staff,{base}"
        off = number % 8 == 0
        attributes = [("changetype", "add")]
        attributes += [("objectClass", name) for name in ["top", "person", "organizationalPerson", "user"]]
        attributes += [("cn", f"{family}, {given} {number}"), ("sn", family), ("givenName", given), ("displayName", cn)]
        attributes += [("distinguishedName", dn), ("name", cn), ("objectGUID", DICE.bytes(16)), ("objectSid", sid(1100 + number))]
        attributes += [("userAccountControl", "514" if off else "512"), ("primaryGroupID", "513" if number % 3 else "1603")]
        attributes.append(("accountExpires", ["0", "9223372036854775807", "132223104000000000", "159017376000000000"][0 if number % 10 else number // 10 % 4]))
        attributes.append(("sAMAccountName", login_name))
        if number % 6:
            attributes.append(("userPrincipalName", f"{login_name}@corp.acme.test"))
        attributes.append(("mail", f"{login_name}@acme.test"))
        attributes.append(("proxyAddresses", f"SMTP:{login_name}@acme.test"))
        if number % 4 == 0:
            attributes += [("proxyAddresses", f"smtp:staff.{number}@acme.test"), ("proxyAddresses", f"X500:/o=Acme/cn=Recipients/cn={login_name}")]
        attributes += [("department", DICE.pick(UNITS)), ("company", "Acme"), ("title", DICE.pick(TITLES)), ("c", "NO"), ("co", "Norway"), ("countryCode", "578")]
        if names:
            attributes.append(("manager", DICE.pick(names)))
        attributes += [("whenCreated", "20240203040506.0Z"), ("uSNCreated", str(9000 + number)), ("memberOf", f"CN=Crew,OU=Groups,{base}")]
        names.append(dn)
        record(dn, attributes)
    record(f"CN=WS-01,OU=Computers,{base}", [("changetype", "add")] + [("objectClass", name) for name in ["top", "person", "organizationalPerson", "user", "computer"]] + [("sAMAccountName", "WS-01$"), ("userAccountControl", "4096")])
    record(f"CN=Supplier,OU=Staff,{base}", [("changetype", "add"), ("objectClass", "contact"), ("cn", "Supplier"), ("mail", "supplier@elsewhere.test")])
    groups = [("Crew", names), ("Officers", names[:7]), ("Ship's Guests", [])]
    for number, (cn, members) in enumerate(groups, 1):
        attributes = [("changetype", "add"), ("objectClass", "top"), ("objectClass", "group"), ("cn", cn), ("sAMAccountName", cn), ("objectGUID", DICE.bytes(16)), ("objectSid", sid(1600 + number)), ("groupType", "-2147483646")]
        attributes += [("member", dn) for dn in members]
        if cn == "Crew":
            attributes.append(("member", f"CN=Officers,OU=Groups,{base}"))
        record(f"CN={escape(cn)},OU=Groups,{base}", attributes)
    half = [("changetype", "add"), ("objectClass", "group"), ("cn", "Cut short"), ("member", "")]
    record(f"CN=Cut short,OU=Groups,{base}", half + [("member;range=0-1", dn) for dn in names[:2]])


def acme():
    others()
    directory_people(190)
    directory_groups()
    windows(60)
    text = ["version: 1\n\n# Acme, both directories; everyone is invented\n"]
    text += [record + "\n" for record in RECORDS]
    broken = [
        b"dn: uid=broken1,ou=people,dc=acme,dc=test\nobjectClass: inetOrgPerson\nuid: broken1\nsn:: Q**ken\n",
        b"objectClass: inetOrgPerson\nuid: broken2\nsn: has no dn\n",
        b"dn: uid=broken3,ou=people,dc=acme,dc=test\nobjectClass: inetOrgPerson\nuid: broken3\nsn: Latin-\xe9\n",
    ]
    data = [block.encode() for block in text]
    for at, block in zip((40, 120, 200), broken):
        data.insert(at, block)
    (HERE / "acme.ldif").write_bytes(b"\n".join(data))


def bad():
    people = "dn: uid=ola,dc=acme,dc=test\nobjectClass: person\nuid: ola\n\n"
    files = {
        "empty.ldif": b"",
        "truncated.ldif": (people + "dn: uid=per,dc=acme,dc=test\nobjectClass: person\nuid: per\njpegPhoto:: /9j/4AAQSk").encode(),
        "invalid-utf8.ldif": b"dn: uid=kari,dc=acme,dc=test\nobjectClass: person\nuid: kari\nsn: L\xf8vaas\n\n" + people.encode(),
        "broken-base64.ldif": ("dn: uid=kari,dc=acme,dc=test\nobjectClass: person\nuid: kari\nsn:: TMO4*mFhcw==\n\n" + people).encode(),
        "file-url.ldif": ("dn: uid=kari,dc=acme,dc=test\nobjectClass: person\nuid: kari\njpegPhoto:< file:///etc/hostname\n\n" + people).encode(),
        "not-ldif.json": b'{"userName": "kari"}\n',
    }
    for name, data in files.items():
        (HERE / "bad" / name).write_bytes(data)


if __name__ == "__main__":
    (HERE / "bad").mkdir(exist_ok=True)
    acme()
    bad()
