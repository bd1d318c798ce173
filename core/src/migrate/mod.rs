//! Identity formats to SCIM, with a report of what moved and what was lost.

pub mod dn;
pub mod ldif;
