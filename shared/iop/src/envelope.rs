//! What an answer means. The gateway answers HTTP 200 to nearly everything, so the body decides.

use crate::read::{self, Unfit};
use serde_json::Value;
use std::time::Duration;
use tallyman_app::ports::CallError;

/// The address of a call: every error carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which service.
    pub service: &'static str,
    /// Which method or path.
    pub name: String,
}

impl Call {
    /// A clear no.
    #[must_use]
    pub fn refused(&self, code: impl Into<String>, message: &str) -> CallError {
        CallError::Refused {
            service: self.service,
            call: self.name.clone(),
            code: code.into(),
            message: message.chars().filter(|c| !c.is_control()).take(300).collect(),
        }
    }
    /// Too many calls, or a service that asks for patience; nothing took effect.
    #[must_use]
    pub fn throttled(&self, after: Duration) -> CallError {
        CallError::Throttled { service: self.service, call: self.name.clone(), after }
    }
    /// Nobody knows.
    #[must_use]
    pub fn unclear(&self, what: impl Into<String>) -> CallError {
        CallError::Unclear { service: self.service, call: self.name.clone(), what: what.into() }
    }
    /// An answer that is there but can't be read.
    #[must_use]
    pub fn undecodable(&self, unfit: Unfit) -> CallError {
        CallError::Undecodable { service: self.service, call: self.name.clone(), path: unfit.path, what: unfit.what }
    }
    /// A refusal inside an answer that is otherwise a success.
    #[must_use]
    pub fn business(&self, no: &No) -> CallError {
        let words = no.message.to_lowercase();
        let says = |texts: &[&str]| texts.iter().any(|text| words.contains(text));
        if says(&["系统异常", "稍候重试", "稍后重试", "稍后再试", "try again later"]) {
            self.throttled(PATIENCE)
        } else if says(&["system error", "system exception", "timeout", "timed out"]) {
            // It names no reason of ours and doesn't say that nothing happened.
            self.unclear(format!("a system error ({})", no.code))
        } else {
            self.refused(no.code.clone(), &no.message)
        }
    }
}

/// How long to wait when a service asks for a repetition "a little later".
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a ban lasts when the service doesn't say.
const BAN: Duration = Duration::from_secs(60);

/// A refusal's code and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    /// Its code.
    pub code: String,
    /// Its words.
    pub message: String,
}

/// What a method's own success flag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It says yes.
    Yes,
    /// It says no.
    No(No),
    /// There is no flag.
    Silent,
}

/// Reads a method's own success flag, whose name differs from method to method. Codes and words beside
/// a "yes" mean nothing: AliExpress's own samples carry `error_desc` there.
#[must_use]
pub fn verdict(object: &Value) -> Verdict {
    let flags = ["success", "result_success", "is_success", "isSuccess"];
    match flags.iter().find_map(|name| read::flag(object, name)) {
        Some(true) => Verdict::Yes,
        Some(false) => Verdict::No(no(object)),
        None => Verdict::Silent,
    }
}

/// The code and the words of a refusal, under any of their names.
#[must_use]
pub fn no(object: &Value) -> No {
    let first = |names: &[&str]| names.iter().find_map(|name| read::text(object, name)).unwrap_or_default();
    No {
        code: first(&["error_code", "result_error_code", "code_of_error", "errorCode", "result_code", "rsp_code"]),
        message: first(&[
            "error_message",
            "result_error_desc",
            "error_msg",
            "error_desc",
            "errorMessage",
            "result_info",
            "rsp_msg",
        ]),
    }
}

/// Takes the body out of its envelope: a gateway error becomes an error, an optional `..._response` root goes.
///
/// # Errors
/// The [`CallError`] that the gateway's error stands for.
pub fn open(call: &Call, root: Value) -> Result<Value, CallError> {
    if let Some(error) = root.get("error_response") {
        return Err(gateway_error(call, error));
    }
    if read::text(&root, "code").is_some_and(|code| code != "0") {
        return Err(gateway_error(call, &root));
    }
    let Value::Object(mut fields) = root else { return Err(call.unclear("the answer is JSON but no object")) };
    let wrapper = fields.iter().find(|(name, v)| name.ends_with("_response") && v.is_object()).map(|(n, _)| n.clone());
    Ok(wrapper.and_then(|name| fields.remove(&name)).unwrap_or(Value::Object(fields)))
}

/// An error of the gateway: `error_response` of `/sync` or the flat form of `/rest`.
fn gateway_error(call: &Call, error: &Value) -> CallError {
    let get = |names: &[&str]| names.iter().find_map(|name| read::text(error, name)).unwrap_or_default();
    let (code, sub_code, kind) = (get(&["code"]), get(&["sub_code"]), get(&["type"]));
    let message = get(&["sub_msg", "msg", "message"]);
    let ban = ban_seconds(&message).or_else(|| ban_seconds(&get(&["msg", "message"])));
    if code == "ApiCallLimit" || code == "7" || sub_code.starts_with("accesscontrol.limited") || ban.is_some() {
        return call.throttled(ban.map_or(BAN, |seconds| Duration::from_secs(seconds.max(1))));
    }
    let full = if sub_code.is_empty() { code.clone() } else { format!("{code}/{sub_code}") };
    let session = sub_code.contains("session") || code.contains("AccessToken");
    if session || code == "26" || code == "27" {
        return CallError::Unauthorised { service: call.service, code: full };
    }
    let theirs = matches!(kind.as_str(), "ISP" | "SYSTEM")
        || sub_code.starts_with("isp.")
        || matches!(code.as_str(), "ServiceUnavailable" | "InternalError" | "10" | "500" | "502" | "503" | "504");
    if theirs { call.unclear(format!("the provider's error {full}")) } else { call.refused(full, &message) }
}

/// `this ban will last 1 seconds`, `This ban will last for 1 more seconds`.
fn ban_seconds(message: &str) -> Option<u64> {
    let lower = message.to_lowercase();
    let rest = lower.split_once("ban will last ")?.1;
    let rest = rest.strip_prefix("for ").unwrap_or(rest);
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tallyman_app::ports::Disposition;

    fn call() -> Call {
        Call { service: "AliExpress", name: "m".into() }
    }
    fn error(root: Value) -> CallError {
        open(&call(), root).unwrap_err()
    }
    fn sync_error(kind: &str, code: &str, message: &str) -> CallError {
        error(json!({"error_response": {"type": kind, "code": code, "msg": message, "request_id": "r"}}))
    }

    #[test]
    fn the_root_comes_off_whether_it_is_there_or_not() {
        let inner = json!({"result": {"success": true}, "request_id": "r"});
        assert_eq!(open(&call(), json!({"aliexpress_solution_order_get_response": inner})).unwrap(), inner);
        assert_eq!(open(&call(), json!({"/auth/token/create_response": inner})).unwrap(), inner);
        assert_eq!(open(&call(), inner.clone()).unwrap(), inner);
        let flat = json!({"code": "0", "value": 1});
        assert_eq!(open(&call(), flat.clone()).unwrap(), flat);
        assert!(matches!(error(json!([1])), CallError::Unclear { .. }));
    }

    #[test]
    fn a_ban_tells_how_long_it_lasts() {
        let after = |error: CallError| match error.disposition() {
            Disposition::Retry { after } => after.as_secs(),
            other => panic!("{other:?}"),
        };
        let iop = "Api access frequency exceeds the limit. this ban will last 7 seconds";
        assert_eq!(after(sync_error("ISV", "ApiCallLimit", iop)), 7);
        assert_eq!(after(sync_error("SYSTEM", "ApiCallLimit", "Api access frequency exceeds the limit.")), 60);
        let top = json!({"error_response": {"code": 7, "msg": "App Call Limited",
            "sub_code": "accesscontrol.limited-by-app-access-count", "sub_msg": "This ban will last for 31 more seconds"}});
        assert_eq!(after(error(top)), 31);
        let flat = json!({"type": "ISV", "code": "ApiCallLimit", "message": "This ban will last for 2 more seconds"});
        assert_eq!(after(error(flat)), 2);
    }

    #[test]
    fn a_dead_token_asks_for_a_new_authorisation() {
        for error in [
            sync_error("ISV", "IllegalAccessToken", "The specified access token is invalid or expired"),
            error(json!({"type": "ISV", "code": "IllegalAccessToken", "message": "expired", "request_id": "r"})),
            error(json!({"error_response": {"code": 27, "msg": "Invalid session", "sub_code": "invalid-sessionkey"}})),
        ] {
            assert_eq!(error.disposition(), Disposition::NeedsReauth, "{error}");
        }
    }

    #[test]
    fn the_callers_fault_is_refused_and_the_providers_is_unclear() {
        for code in ["InvalidAppkey", "IncompleteSignature", "AppWhiteIpLimit", "InsufficientPermission", "403"] {
            assert_eq!(sync_error("ISV", code, "no").disposition(), Disposition::Refused, "{code}");
        }
        let foreign = json!({"error_response": {"code": 15, "msg": "Remote service error",
            "sub_code": "isv.invalid-authorization", "sub_msg": "accessing data not belonging to you"}});
        assert_eq!(
            error(foreign).to_string(),
            "AliExpress refused m: 15/isv.invalid-authorization accessing data not belonging to you"
        );
        for error in [
            sync_error("ISP", "Whatever", "no"),
            sync_error("SYSTEM", "Whatever", "no"),
            sync_error("ISV", "ServiceUnavailable", "no"),
            error(json!({"error_response": {"code": 15, "sub_code": "isp.service-unavailable"}})),
            error(json!({"code": "500", "message": "system error", "request_id": "r"})),
        ] {
            assert_eq!(error.disposition(), Disposition::Ambiguous, "{error}");
        }
        let message = error(json!({"code": "404", "message": "order not exist"}));
        assert_eq!(message.to_string(), "AliExpress refused m: 404 order not exist");
    }

    #[test]
    fn a_methods_own_flag_is_found_under_any_of_its_names() {
        let cases = [
            json!({"success": false, "error_code": "E1", "error_message": "no"}),
            json!({"result_success": "false", "result_error_code": "E1", "result_error_desc": "no"}),
            json!({"is_success": false, "code_of_error": "E1", "error_msg": "no"}),
        ];
        for object in cases {
            assert_eq!(verdict(&object), Verdict::No(No { code: "E1".into(), message: "no".into() }), "{object}");
        }
        assert_eq!(verdict(&json!({"result_success": true, "error_desc": "System error"})), Verdict::Yes);
        assert_eq!(verdict(&json!({"result": 1})), Verdict::Silent);
    }

    #[test]
    fn a_refusal_that_asks_for_patience_is_retried_and_any_other_is_final() {
        let no = |message: &str| call().business(&No { code: "E".into(), message: message.into() }).disposition();
        assert_eq!(no("系统异常,请稍候重试"), Disposition::Retry { after: Duration::from_secs(30) });
        assert_eq!(no("该交易订单已填写发货通知,无需重复操作。"), Disposition::Refused);
        assert_eq!(no("System error"), Disposition::Ambiguous);
    }
}
