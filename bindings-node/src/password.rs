//! Passwords, of HTTP Basic and of users: argon2id, on Node's thread pool.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Result, Task};
use napi_derive::napi;
use scimforge::precis;

/// Whether a text is an argon2id PHC string.
#[napi]
pub fn is_password_hash(phc: String) -> bool {
    PasswordHash::new(&phc).is_ok_and(|hash| hash.algorithm.as_str() == "argon2id")
}

#[napi(ts_return_type = "Promise<boolean>")]
pub fn verify_password(phc: String, password: String) -> AsyncTask<Verifying> {
    AsyncTask::new(Verifying { phc, password })
}

#[napi(ts_return_type = "Promise<string>")]
pub fn hash_password(password: String) -> AsyncTask<Hashing> {
    AsyncTask::new(Hashing { password })
}

/// One comparison, which takes the time that it should.
pub struct Verifying {
    phc: String,
    password: String,
}

impl Task for Verifying {
    type Output = bool;
    type JsValue = bool;

    fn compute(&mut self) -> Result<bool> {
        Ok(PasswordHash::new(&self.phc).is_ok_and(|hash| {
            precis::password_matches(&self.password, |form| {
                Argon2::default().verify_password(form.as_bytes(), &hash).is_ok()
            })
        }))
    }

    fn resolve(&mut self, _: Env, right: bool) -> Result<bool> {
        Ok(right)
    }
}

pub struct Hashing {
    password: String,
}

impl Task for Hashing {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        hashed(&self.password)
            .ok_or_else(|| napi::Error::from_reason("the password cannot be hashed"))
    }

    fn resolve(&mut self, _: Env, hash: String) -> Result<String> {
        Ok(hash)
    }
}

/// A PHC string of argon2id with a salt of its own, of a password that is prepared (RFC 8265).
pub(crate) fn hashed(password: &str) -> Option<String> {
    let password = precis::password(password);
    Argon2::default().hash_password(password.as_bytes()).ok().map(|phc| phc.to_string())
}
