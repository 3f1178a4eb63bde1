//! A client of the issuer, right unless told otherwise.

use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, decode, decode_header};
use reqwest::{Client, Response, Url, redirect};
use sandbox_issuer::{Config, Handle, spawn};
use serde_json::{Value, json};

pub const REDIRECT: &str = "http://127.0.0.1:9/back?from=issuer";
pub const CLIENT: &str = "sandbox-console";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub struct Issuer {
    pub handle: Handle,
    pub http: Client,
}

pub async fn issuer() -> Issuer {
    issuer_with(Config::default()).await
}

pub async fn issuer_with(config: Config) -> Issuer {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = Config {
        redirect_uris: vec![REDIRECT.to_owned()],
        logout_uris: vec!["http://127.0.0.1:9/bye".to_owned()],
        ..config
    };
    let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
    Issuer { handle: spawn(config).await.unwrap(), http }
}

/// A right request for `/authorize`, with fields replaced or (empty value) left out.
pub fn request(over: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email"),
        ("state", "a state/with+signs & more"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in over {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields.retain(|(_, value)| !value.is_empty());
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A parameter of the address a redirect leads to.
pub fn led_to(answer: &Response, name: &str) -> Option<String> {
    let target = answer.headers().get("location")?.to_str().unwrap();
    assert!(target.starts_with(REDIRECT), "{target}");
    let url: Url = target.parse().unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

impl Issuer {
    pub async fn get(&self, path: &str, query: &[(String, String)]) -> Response {
        self.http.get(format!("{}{path}", self.handle.url)).query(query).send().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        self.get(path, &[]).await.json().await.unwrap()
    }

    pub async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/_sandbox/{path}", self.handle.url);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// Sends the form as the button `sign-in` does.
    pub async fn sign_in(&self, user: &str, over: &[(&str, &str)]) -> Response {
        let mut form = request(over);
        form.extend([("user".to_owned(), user.to_owned()), ("sign-in".to_owned(), "1".to_owned())]);
        self.http.post(format!("{}/authorize", self.handle.url)).form(&form).send().await.unwrap()
    }

    pub async fn code(&self, user: &str) -> String {
        led_to(&self.sign_in(user, &[]).await, "code").unwrap()
    }

    /// Presents a code, with fields replaced or (empty value) left out: status and body.
    pub async fn exchange(&self, code: &str, over: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("client_id", CLIENT),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in over {
            form.retain(|(known, _)| known != name);
            form.push((name, value));
        }
        form.retain(|(_, value)| !value.is_empty());
        let answer = self.http.post(format!("{}/token", self.handle.url)).form(&form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(json!(null)))
    }

    pub async fn id_token(&self, user: &str) -> String {
        let (status, body) = self.exchange(&self.code(user).await, &[]).await;
        assert_eq!(status, 200, "{body}");
        body["id_token"].as_str().unwrap().to_owned()
    }

    /// Verifies as a client has to: key by id from the published set, RS256, issuer, audience, end, nonce.
    pub async fn verified(&self, token: &str) -> Result<Value, String> {
        let keys = self.json("/.well-known/jwks.json").await;
        let header = decode_header(token).map_err(|error| error.to_string())?;
        let named = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"].as_str() == header.kid.as_deref());
        let key = named.ok_or("no such key")?;
        let key = DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_issuer(&[&self.handle.url]);
        rules.set_audience(&[CLIENT]);
        let data: TokenData<Value> = decode(token, &key, &rules).map_err(|error| error.to_string())?;
        if data.claims["nonce"] == "n-1" { Ok(data.claims) } else { Err("nonce".to_owned()) }
    }
}
