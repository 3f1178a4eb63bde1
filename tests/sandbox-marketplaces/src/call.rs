//! One API call as it came in: parameters from query and form together, and at most one file.

use axum::extract::{FromRequest, Multipart, Query, Request};
use axum::response::{IntoResponse, Response};
use axum::{Form, body::Bytes};
use http::{Method, header};
use jiff::Timestamp;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::signing::Params;

/// An API call.
#[derive(Debug)]
pub struct Call {
    /// Dotted name (`/sync`) or API path (`/rest`).
    pub method: String,
    /// What precedes the parameters in the signed text.
    pub prefix: String,
    /// Query and form parameters; files are not signed and not here.
    pub params: Params,
    /// The file part of a multipart call.
    pub file: Option<FilePart>,
}

/// An uploaded file.
#[derive(Debug)]
pub struct FilePart {
    /// Name of the form field.
    pub field: String,
    /// Content.
    pub bytes: Bytes,
}

/// A call in its circumstances.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The call.
    pub call: &'a Call,
    /// When it came.
    pub at: Timestamp,
    /// What the witness saw just before.
    pub witnessed: Option<bool>,
}

impl Call {
    /// Collects the parameters of a request, whichever way they were sent.
    ///
    /// # Errors
    /// The answer to a body that is not what its content type says.
    pub async fn read(request: Request) -> Result<(Params, Option<FilePart>), Response> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).map_err(IntoResponse::into_response)?.0;
        let mut params: Params = pairs.into_iter().collect();
        if request.method() != Method::POST {
            return Ok((params, None));
        }
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let file = read_multipart(request, &mut params).await?;
            return Ok((params, file));
        }
        if kind.starts_with("application/x-www-form-urlencoded") {
            let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
            params.extend(form.map_err(IntoResponse::into_response)?.0);
        }
        Ok((params, None))
    }

    /// A parameter, if given and not blank.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// A parameter that has to be there.
    ///
    /// # Errors
    /// `MissingParameter`.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.given(name).ok_or_else(|| Refusal::missing(name))
    }

    /// A record, sent as JSON text in one parameter.
    ///
    /// # Errors
    /// `MissingParameter`, or that it is not a JSON object.
    pub fn record(&self, name: &str) -> Result<Value, Refusal> {
        let value: Value = serde_json::from_str(self.required(name)?).map_err(|_| Refusal::unreadable(name))?;
        if value.is_object() { Ok(value) } else { Err(Refusal::unreadable(name)) }
    }
}

async fn read_multipart(request: Request, params: &mut Params) -> Result<Option<FilePart>, Response> {
    let mut parts = Multipart::from_request(request, &()).await.map_err(IntoResponse::into_response)?;
    let mut file = None;
    while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            let bytes = part.bytes().await.map_err(IntoResponse::into_response)?;
            file = Some(FilePart { field: name, bytes });
        } else {
            params.insert(name, part.text().await.map_err(IntoResponse::into_response)?);
        }
    }
    Ok(file)
}

/// An id sent as a JSON number or as a string, as both happen.
#[must_use]
pub fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => number.as_u64().map(|id| id.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}
