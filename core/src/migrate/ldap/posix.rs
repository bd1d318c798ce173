//! posixAccount, shadowAccount (RFC 2307) and SSH keys: an extension of ours.

use super::rule::{Rule, Target, Transform, rule};

use Target::Posix;
use Transform::{Integer, Text, TextList, UnixPath};

pub(super) const RULES: &[Rule] = &[
    rule("uidNumber", &[Posix("uidNumber")], Integer),
    rule("gidNumber", &[Posix("gidNumber")], Integer),
    rule("unixHomeDirectory", &[Posix("homeDirectory")], UnixPath),
    rule("homeDirectory", &[Posix("homeDirectory")], UnixPath),
    rule("loginShell", &[Posix("loginShell")], Text),
    rule("gecos", &[Posix("gecos")], Text),
    rule("sshPublicKey", &[Posix("sshPublicKeys")], TextList),
    rule("ipaSshPubKey", &[Posix("sshPublicKeys")], TextList),
];
