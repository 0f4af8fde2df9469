//! Pages of names: `maxResults` from 1 to 100, 100 if absent (model), and `nextToken`.

use crate::{ApiError, http::call::Call};

/// One page and, if there is more, the token of the next.
pub(crate) fn page(mut names: Vec<String>, call: &Call) -> Result<(Vec<String>, Option<String>), ApiError> {
    let size = match call.query("maxResults") {
        None => 100,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|size| (1..=100).contains(size))
            .ok_or_else(|| ApiError::invalid_parameter("maxResults must be between 1 and 100"))?,
    };
    if let Some(token) = call.query("nextToken") {
        let last = read(token).ok_or_else(|| ApiError::invalid_parameter("Invalid nextToken"))?;
        names.retain(|name| *name > last);
    }
    let more = names.len() > size;
    names.truncate(size);
    let token = names.last().filter(|_| more).map(|last| write(last));
    Ok((names, token))
}

/// Opaque to the caller: the last name seen, in hexadecimal.
pub(crate) fn write(last: &str) -> String {
    last.bytes().fold("p1-".to_owned(), |token, byte| format!("{token}{byte:02x}"))
}

pub(crate) fn read(token: &str) -> Option<String> {
    let digits = token.strip_prefix("p1-")?.as_bytes();
    let bytes: Option<Vec<u8>> =
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}
