//! Whatever happens to tokens and codes: none of them is ever logged.
//!
//! One test, alone in its process: a log is read by a subscriber of this thread, and a neighbour that reaches the same
//! event first, without one, would have `tracing` remember that nobody listens to it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../authorise/function.rs"]
#[allow(dead_code, reason = "shared with the tests of authorising")]
mod function;
#[path = "../authorise/lab.rs"]
#[allow(dead_code, reason = "shared with the tests of authorising")]
mod lab;
mod log;

use function::function;
use lab::{World, connection, shop};
use log::Log;
use tallyman_app::refresh::{Job, JobKind};
use tallyman_sim::{TokenFault, samples};

#[tokio::test]
async fn no_code_token_or_key_is_logged_when_a_connection_is_authorised_renewed_doubted_and_revoked() {
    let (log, _listening) = Log::listen();
    let world = World::authorised(None).await;
    let mut secrets = vec![world.server.code().expose().to_owned()];
    let mut note = |world: &World| {
        let keys = world.keys();
        secrets.extend([keys.access_token, keys.refresh_token].into_iter().flatten().map(|s| s.expose().to_owned()));
        secrets.push(keys.app.secret.expose().to_owned());
    };
    note(&world);
    let job = Job { job: JobKind::Refresh, connection: Some(shop()) };
    let faults = [
        TokenFault::Refuse("the address isn't on the list"),
        TokenFault::Down,
        TokenFault::LoseRequest,
        TokenFault::NoRefreshToken,
    ];
    for fault in faults {
        world.clock.advance(jiff::SignedDuration::from_hours(12));
        world.server.fail([fault]);
        world.process.refresh().round(&job, &world.process.announcer, jiff::Timestamp::MAX).await.unwrap();
        note(&world);
    }
    world.process.refresh().round(&job, &world.process.announcer, jiff::Timestamp::MAX).await.unwrap();
    let function = function(&world);
    let marketplace = function.directory.marketplace(&connection()).await.unwrap();
    world.server.revoke();
    assert!(marketplace.standing(&samples::reference(1).order).await.is_err());
    // A code that was used already, and then a good one.
    let code = world.server.code();
    secrets.push(code.expose().to_owned());
    world.process.authorise().finish(&shop(), &code, None).await.unwrap();
    assert!(world.process.authorise().finish(&shop(), &code, None).await.is_err());
    let text = log.text();
    for expected in ["the tokens were renewed", "could not be renewed"] {
        assert!(text.contains(expected), "the log isn't read, or this test does nothing: {text}");
    }
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "{secret} is in the log:\n{text}");
    }
    assert!(secrets.len() > 10, "{secrets:?}");
}
