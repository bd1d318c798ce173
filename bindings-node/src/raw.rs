//! Functions as Node-API itself has them, for calls that take less time than what a wrapper
//! around them does.
//!
//! A function is an entry of a table that lives as long as the program, its arguments are read
//! where they are needed, and objects are numbers into a [`Store`]: nothing here has to be freed
//! by a collector, and no value that JavaScript hands over is taken for a pointer.
#![allow(unsafe_code, reason = "Node-API is C; everything unsafe of this package is in here")]

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::{AtomicU8, Ordering};
use std::{ptr, slice};

use napi::bindgen_prelude::{FromNapiValue, Object, TypeName, ValidateNapiValue};
use napi::{Env, Result, Status, ValueType, sys};
use scimforge::api::{Failure, Input};
use scimforge::error::{Code, Error};

use crate::store::Store;

/// A function for JavaScript.
pub(crate) struct Entry {
    pub(crate) name: &'static CStr,
    pub(crate) run: Run,
}

pub(crate) type Run = fn(&mut Store, &Arguments<'_>) -> std::result::Result<Answer, Failure>;

/// What a function gives back.
pub(crate) enum Answer {
    /// `undefined`.
    Nothing,
    Truth(bool),
    Number(i64),
    Text(String),
    /// A `Uint32Array`.
    Numbers(Vec<u32>),
}

/// No function takes more.
const MOST: usize = 4;

/// The arguments of a call, alive until it returns.
pub(crate) struct Arguments<'c> {
    env: sys::napi_env,
    values: [sys::napi_value; MOST],
    call: PhantomData<&'c ()>,
}

/// A document: JSON text, or bytes.
pub(crate) enum Document<'c> {
    Text(String),
    Bytes(Bytes<'c>),
}

/// The bytes of a `Uint8Array`, read where JavaScript keeps them; a copy if other threads can
/// change them meanwhile.
pub struct Bytes<'c>(Cow<'c, [u8]>);

impl Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl TypeName for Bytes<'_> {
    fn type_name() -> &'static str {
        "Uint8Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for Bytes<'_> {}

impl FromNapiValue for Bytes<'_> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // Arguments of a call stay alive until it returns, and what is made here with them.
        let found = View::of(env, value).map(View::bytes);
        let wrong = || napi::Error::new(Status::InvalidArg, "no array of bytes");
        found.ok_or_else(wrong)?.map_err(|_| wrong())
    }
}

impl Document<'_> {
    pub(crate) fn input(&self) -> Input<'_> {
        match self {
            Self::Text(text) => Input::Text(text),
            Self::Bytes(bytes) => Input::Bytes(bytes),
        }
    }
}

thread_local! {
    static STORE: RefCell<Store> = RefCell::default();
}

/// An object with these functions.
pub(crate) fn functions(env: &Env, entries: &'static [Entry]) -> Result<Object<'static>> {
    let mut object = ptr::null_mut();
    // SAFETY: `env` is that of the call which is running; names are C strings and entries are
    // `'static`, so both outlive the functions.
    unsafe {
        napi::check_status!(sys::napi_create_object(env.raw(), &raw mut object))?;
        for entry in entries {
            let mut function = ptr::null_mut();
            let data = ptr::from_ref(entry).cast_mut().cast::<c_void>();
            let (name, length) = (entry.name.as_ptr(), entry.name.count_bytes().cast_signed());
            napi::check_status!(sys::napi_create_function(
                env.raw(),
                name,
                length,
                Some(run),
                data,
                &raw mut function
            ))?;
            napi::check_status!(sys::napi_set_named_property(env.raw(), object, name, function))?;
        }
        Object::from_napi_value(env.raw(), object)
    }
}

unsafe extern "C" fn run(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut values = [ptr::null_mut(); MOST];
    let mut count = MOST;
    let mut data = ptr::null_mut();
    // SAFETY: `values` has room for `count`; what is not given becomes `undefined`. The data is
    // what `functions` made the function with.
    let entry = unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            values.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        );
        &*data.cast::<Entry>().cast_const()
    };
    let arguments = Arguments { env, values, call: PhantomData };
    let answer = STORE.with(|store| match store.try_borrow_mut() {
        Ok(mut store) => (entry.run)(&mut store, &arguments),
        // A getter of an argument that calls back.
        Err(_) => Err(foreign("a value that calls back")),
    });
    match answer {
        Ok(answer) => arguments.give(answer),
        Err(failure) => {
            arguments.throw(&failure.to_message());
            ptr::null_mut()
        }
    }
}

/// The failure for an argument that is not what the function takes.
pub(crate) fn foreign(actual: &'static str) -> Failure {
    Error::new(Code::ForeignValue).with("actual", actual).into()
}

/// Where a typed array lies.
struct View {
    kind: i32,
    length: usize,
    data: usize,
    /// Whether the memory below it is a `SharedArrayBuffer`.
    is_shared: bool,
}

impl View {
    fn of(env: sys::napi_env, value: sys::napi_value) -> Option<Self> {
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        let (mut buffer, mut is_own) = (ptr::null_mut(), false);
        // SAFETY: a value of the call that is running; what is not asked for may be null.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env,
                value,
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                &raw mut buffer,
                ptr::null_mut(),
            )
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        // SAFETY: the buffer of this array. What is shared is no `ArrayBuffer`.
        let status = unsafe { sys::napi_is_arraybuffer(env, buffer, &raw mut is_own) };
        let is_shared = status != sys::Status::napi_ok || !is_own;
        Some(Self { kind, length, data: data as usize, is_shared })
    }

    fn bytes<'c>(self) -> std::result::Result<Bytes<'c>, Failure> {
        if self.kind != sys::TypedarrayType::uint8_array {
            return Err(foreign("an array that is not one of bytes"));
        }
        if self.length == 0 {
            return Ok(Bytes(Cow::Borrowed(&[])));
        }
        if self.is_shared {
            // SAFETY: that many bytes lie there, and are only read as what other threads may
            // change meanwhile.
            let shared =
                unsafe { slice::from_raw_parts(self.data as *const AtomicU8, self.length) };
            let copy = shared.iter().map(|byte| byte.load(Ordering::Relaxed)).collect();
            return Ok(Bytes(Cow::Owned(copy)));
        }
        // SAFETY: that many bytes lie there, the array is alive until the call returns, no
        // JavaScript runs on this thread meanwhile, and no other thread knows them.
        let own = unsafe { slice::from_raw_parts(self.data as *const u8, self.length) };
        Ok(Bytes(Cow::Borrowed(own)))
    }
}

impl<'c> Arguments<'c> {
    fn value(&self, index: usize) -> sys::napi_value {
        self.values.get(index).copied().unwrap_or(ptr::null_mut())
    }

    /// A whole number.
    pub(crate) fn number(&self, index: usize) -> std::result::Result<i64, Failure> {
        let mut number = 0;
        // SAFETY: a value of this call, or null, which is an invalid argument.
        let status =
            unsafe { sys::napi_get_value_int64(self.env, self.value(index), &raw mut number) };
        if status == sys::Status::napi_ok { Ok(number) } else { Err(foreign("no number")) }
    }

    /// A text.
    pub(crate) fn text(&self, index: usize) -> std::result::Result<String, Failure> {
        self.text_of(self.value(index)).ok_or_else(|| foreign("a value that is no text"))
    }

    /// A document.
    pub(crate) fn document(&self, index: usize) -> std::result::Result<Document<'c>, Failure> {
        self.document_of(self.value(index))
    }

    /// The documents of an array.
    pub(crate) fn documents(
        &self,
        index: usize,
    ) -> std::result::Result<Vec<Document<'c>>, Failure> {
        let list = self.value(index);
        let mut length = 0;
        // SAFETY: values of this call.
        let status = unsafe { sys::napi_get_array_length(self.env, list, &raw mut length) };
        if status != sys::Status::napi_ok {
            return Err(foreign("no array"));
        }
        let element = |at| {
            let mut value = ptr::null_mut();
            // SAFETY: as above. It may run a getter: no document is looked at before all are here.
            unsafe { sys::napi_get_element(self.env, list, at, &raw mut value) };
            value
        };
        let values: Vec<sys::napi_value> = (0..length).map(element).collect();
        values.into_iter().map(|value| self.document_of(value)).collect()
    }

    /// The numbers of a `Uint32Array`.
    pub(crate) fn numbers(&self, index: usize) -> std::result::Result<Vec<u32>, Failure> {
        let wrong = || foreign("no array of numbers");
        let View { kind, length, data, .. } =
            View::of(self.env, self.value(index)).ok_or_else(wrong)?;
        if kind != sys::TypedarrayType::uint32_array {
            return Err(wrong());
        }
        if length == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: as many numbers as the view says lie there, aligned as its kind has to be.
        Ok(unsafe { slice::from_raw_parts(data as *const u32, length) }.to_vec())
    }

    fn document_of(&self, value: sys::napi_value) -> std::result::Result<Document<'c>, Failure> {
        if let Some(view) = View::of(self.env, value) {
            return view.bytes().map(Document::Bytes);
        }
        self.text_of(value)
            .map(Document::Text)
            .ok_or_else(|| foreign("a value that is not text or bytes"))
    }

    fn text_of(&self, value: sys::napi_value) -> Option<String> {
        let mut units = 0;
        // SAFETY: without a buffer the length is asked for, which engines know.
        let status = unsafe {
            sys::napi_get_value_string_utf16(self.env, value, ptr::null_mut(), 0, &raw mut units)
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        if units == 0 {
            return Some(String::new());
        }
        // Enough for ASCII and a little more. A unit never needs more than three bytes.
        let room = units + SLACK;
        let bytes = self.utf8(value, room)?;
        let bytes = if bytes.len() + SLACK > room {
            self.utf8(value, units.checked_mul(3)?.checked_add(1)?)?
        } else {
            bytes
        };
        String::from_utf8(bytes).ok()
    }

    /// As much of a text as there is room for, whole characters.
    fn utf8(&self, value: sys::napi_value, room: usize) -> Option<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::with_capacity(room);
        let mut written = 0;
        // SAFETY: there is room for that many bytes, and so many of them as `written` says are
        // written then.
        unsafe {
            let status = sys::napi_get_value_string_utf8(
                self.env,
                value,
                bytes.as_mut_ptr().cast(),
                room,
                &raw mut written,
            );
            if status != sys::Status::napi_ok || written > room {
                return None;
            }
            bytes.set_len(written);
        }
        Some(bytes)
    }

    fn give(&self, answer: Answer) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: values are made for the call that is running; on failure `value` stays null,
        // which is `undefined`, and the engine has an exception pending.
        unsafe {
            match answer {
                Answer::Nothing => {}
                Answer::Truth(truth) => {
                    sys::napi_get_boolean(self.env, truth, &raw mut value);
                }
                Answer::Number(number) => {
                    sys::napi_create_int64(self.env, number, &raw mut value);
                }
                Answer::Text(text) => value = self.string(&text),
                Answer::Numbers(numbers) => {
                    let (mut data, mut buffer) = (ptr::null_mut(), ptr::null_mut());
                    let size = size_of_val(numbers.as_slice());
                    let status = sys::napi_create_arraybuffer(
                        self.env,
                        size,
                        &raw mut data,
                        &raw mut buffer,
                    );
                    if status == sys::Status::napi_ok {
                        if !numbers.is_empty() {
                            ptr::copy_nonoverlapping(
                                numbers.as_ptr().cast::<u8>(),
                                data.cast::<u8>(),
                                size,
                            );
                        }
                        sys::napi_create_typedarray(
                            self.env,
                            sys::TypedarrayType::uint32_array,
                            numbers.len(),
                            buffer,
                            0,
                            &raw mut value,
                        );
                    }
                }
            }
        }
        value
    }

    /// Text that is ASCII needs no decoding.
    fn string(&self, text: &str) -> sys::napi_value {
        let mut value = ptr::null_mut();
        let (data, length) = (text.as_ptr().cast(), text.len().cast_signed());
        // SAFETY: that many bytes lie there.
        unsafe {
            if text.is_ascii() {
                sys::napi_create_string_latin1(self.env, data, length, &raw mut value);
            } else {
                sys::napi_create_string_utf8(self.env, data, length, &raw mut value);
            }
        }
        value
    }

    fn throw(&self, message: &str) {
        let mut error = ptr::null_mut();
        // SAFETY: values of this call.
        unsafe {
            sys::napi_create_error(self.env, ptr::null_mut(), self.string(message), &raw mut error);
            sys::napi_throw(self.env, error);
        }
    }
}

/// Room beyond a text that is left if all of it was written: the longest character and the end.
const SLACK: usize = 5;
