//! The signature of a request.

use ring::hmac;

/// Signs a request.
///
/// HMAC-SHA256 over the prefix and every parameter, sorted by name, written without separators and without encoding;
/// capital hex. `prefix` is the path for `/rest` and empty for `/sync`. Parameters that are blank, files
/// and `sign` itself are not signed; whoever calls leaves the last two out.
#[must_use]
pub fn sign<'a>(prefix: &str, params: impl IntoIterator<Item = (&'a str, &'a str)>, secret: &str) -> String {
    let mut sorted: Vec<_> =
        params.into_iter().filter(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty()).collect();
    sorted.sort_unstable();
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
    context.update(prefix.as_bytes());
    for (name, value) in sorted {
        context.update(name.as_bytes());
        context.update(value.as_bytes());
    }
    context.sign().as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: [(&str, &str); 2] = [("sign_method", "sha256"), ("timestamp", "1517820392000")];

    fn signed(prefix: &str, params: &[(&str, &str)]) -> String {
        sign(prefix, params.iter().copied().chain(STAMP), "helloworld")
    }

    #[test]
    fn the_platforms_own_vectors_come_out() {
        assert_eq!(
            signed("/auth/token/create", &[("app_key", "12345678"), ("code", "3_500102_JxZ05Ux3cnnSSUm6dCxYg6Q26")]),
            "35607762342831B6A417A0DED84B79C05FEFBF116969C48AD6DC00279A9F4D81"
        );
        assert_eq!(
            signed(
                "",
                &[
                    ("method", "aliexpress.logistics.redefining.getonlinelogisticsinfo"),
                    ("app_key", "123456"),
                    ("access_token", "test"),
                    ("aliexpress_category_id", "200135143"),
                ]
            ),
            "F7F7926B67316C9D1E8E15F7E66940ED3059B1638C497D77973F30046EFB5BBB"
        );
        assert_eq!(
            signed("/order/get", &[("app_key", "123456"), ("access_token", "test"), ("order_id", "1234")]),
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A"
        );
    }

    #[test]
    fn a_path_is_signed_in_front_and_text_outside_ascii_as_utf_8() {
        let order = [("app_key", "12345678"), ("access_token", "test"), ("e_trade_id", "234193410001028893")];
        assert_eq!(
            signed("/alibaba/order/get", &[order.as_slice(), &[("language", "en_US")]].concat()),
            "2A8385219AFB654AE7A8E0D4D1D7D14816185F1447681EF1B8BA590D84C5B716"
        );
        let notice = [
            ("method", "aliexpress.solution.order.fulfill"),
            ("app_key", "12345678"),
            ("session", "test"),
            ("service_name", "OTHER"),
            ("out_ref", "8123456789012345"),
            ("send_type", "all"),
            ("logistics_no", "LX123456789CN"),
            ("description", "envoyé"),
        ];
        assert_eq!(signed("", &notice), "213B212EEC931F7943C6188D9B7FF7807613271F153BB264C74D26DF14B17034");
    }

    #[test]
    fn blank_parameters_are_not_signed() {
        let full = [("app_key", "1"), ("memo", "  "), ("", "x"), ("empty", "")];
        assert_eq!(signed("/p", &full), signed("/p", &full[..1]));
    }
}
