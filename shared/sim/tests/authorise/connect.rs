//! Connecting, pausing, removing.

use crate::lab::{Process, World, connection, days, new_connection, shop};
use async_trait::async_trait;
use std::sync::Arc;
use tallyman_app::{
    authorise::{AuthoriseError, ConnectAuthoriser, ConnectionState, NewAccount, NewConnection},
    connection::Connection,
    ports::{AuthorisationStore as _, Authoriser, CallError, Clock, Secret, SecretStore as _, Tokens},
    refresh::{Job, JobKind, Renewal},
};
use tallyman_domain::{AccountId, ConnectionId, Length, MarketplaceKind, WhyReauth};
use tallyman_sim::{Death, FakeAuthoriser, Registry, TokenFault};

async fn state(world: &World) -> ConnectionState {
    world.process.authorise().list().await.unwrap().connections[0].state
}

#[tokio::test]
async fn a_connection_waits_for_its_seller_and_is_live_afterwards() {
    let world = World::empty().await;
    let authorise = world.process.authorise();
    authorise.prepare(new_connection()).await.unwrap();
    authorise.prepare(new_connection()).await.unwrap();
    assert_eq!(state(&world).await, ConnectionState::NotYet);
    let url = authorise.consent_url(&shop(), "https://console/callback", "state-1").await.unwrap();
    assert!(url.contains("state-1"));
    let granted = authorise.finish(&shop(), &world.server.code(), Some(Length::Three)).await.unwrap();
    assert_eq!(granted.chosen_end, Some(Length::Three.end(crate::lab::start())));
    assert_eq!(state(&world).await, ConnectionState::Live);
    assert!(world.is_sound());
    let taken = authorise.prepare(new_connection()).await;
    assert!(matches!(taken, Err(AuthoriseError::Taken { .. })), "{taken:?}");
}

#[tokio::test]
async fn another_seller_changes_nothing() {
    let world = World::authorised(None).await;
    world.at_day(5);
    let before = (world.known(), world.registry.stored_secret("connection/shop"));
    world.server.sign_in("9999");
    let wrong = world.process.authorise().finish(&shop(), &world.server.code(), Some(Length::One)).await;
    match wrong {
        Err(AuthoriseError::WrongSeller { expected, got, .. }) => {
            assert_eq!((expected.as_str(), got.unwrap().as_str().to_owned()), ("2671514005", "9999".to_owned()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((world.known(), world.registry.stored_secret("connection/shop")), before);
}

#[tokio::test]
async fn a_seller_who_is_connected_already_is_not_connected_under_a_second_name() {
    let world = World::authorised(None).await;
    let second = NewConnection { id: ConnectionId::parse("second").unwrap(), ..new_connection() };
    let id = second.id.clone();
    let authorise = world.process.authorise();
    authorise.prepare(second).await.unwrap();
    let taken = authorise.finish(&id, &world.server.code(), None).await;
    assert!(
        matches!(&taken, Err(AuthoriseError::SellerInUse { connection, .. }) if *connection == shop()),
        "{taken:?}"
    );
    assert!(world.registry.authorised(&id).unwrap().needs_reauth(world.clock.now()).is_some());
    // Another seller of the same app is somebody else, and so is a removed connection's.
    world.server.sign_in("9999");
    authorise.finish(&id, &world.server.code(), None).await.unwrap();
    authorise.finish(&id, &world.server.code(), None).await.unwrap();
    world.server.sign_in("2671514005");
    authorise.remove(&shop()).await.unwrap();
    let third = NewConnection { id: ConnectionId::parse("third").unwrap(), ..new_connection() };
    authorise.prepare(third.clone()).await.unwrap();
    authorise.finish(&third.id, &world.server.code(), None).await.unwrap();
}

#[tokio::test]
async fn tokens_of_another_seller_that_are_registered_by_hand_are_found_out_at_their_first_renewal() {
    let world = World::authorised(None).await;
    world.server.sign_in("9999");
    let given = world.server.exchange(&world.server.code()).await.unwrap();
    let (access, refresh) = (given.access_token, given.refresh_token);
    world.process.authorise().register(new_connection(), access, refresh, None).await.unwrap();
    assert_eq!(world.known().seller.unwrap().as_str(), "2671514005", "whose it is stays known");
    assert_eq!(world.process.renew().await, Renewal::NeedsReauth(WhyReauth::AnotherSeller));
    // Of tokens that nobody knows the seller of, the first renewal tells it.
    world.server.sign_in("2671514005");
    let given = world.server.exchange(&world.server.code()).await.unwrap();
    let second = NewConnection { id: ConnectionId::parse("second").unwrap(), ..new_connection() };
    world.process.authorise().register(second, given.access_token, given.refresh_token, None).await.unwrap();
    let id = ConnectionId::parse("second").unwrap();
    let renewal = world.process.refresh().renew(&Connection { id, ..connection() }, false).await.unwrap();
    assert_eq!(renewal, Renewal::NeedsReauth(WhyReauth::AnotherSeller), "connected under another name already");
    let other = NewConnection { marketplace: MarketplaceKind::Alibaba, ..new_connection() };
    let taken = world.process.authorise().register(other, Secret::new("access-y"), None, None).await;
    assert!(matches!(taken, Err(AuthoriseError::Taken { .. })), "{taken:?}");
}

/// While a renewal is on its way, somebody removes the connection.
struct Removing(FakeAuthoriser, Arc<Registry>);

#[async_trait]
impl Authoriser for Removing {
    fn consent_url(&self, redirect_uri: &str, state: &str) -> String {
        self.0.consent_url(redirect_uri, state)
    }
    async fn exchange(&self, code: &Secret) -> Result<Tokens, CallError> {
        self.0.exchange(code).await
    }
    async fn refresh(&self, refresh_token: &Secret) -> Result<Tokens, CallError> {
        self.1.remove(&shop()).await.unwrap();
        self.1.remove_secret("connection/shop").await.unwrap();
        self.0.refresh(refresh_token).await
    }
    async fn probe(&self, access_token: &Secret) -> Result<(), CallError> {
        self.0.probe(access_token).await
    }
}

#[tokio::test]
async fn a_renewal_that_ends_after_its_connection_was_removed_brings_no_secret_back() {
    let world = World::authorised(None).await;
    world.at_day(20);
    let (server, registry) = (world.server.clone(), world.registry.clone());
    let removing: ConnectAuthoriser = Box::new(move |_, _| Box::new(Removing(server.clone(), registry.clone())));
    let process = Process { authorisers: removing, ..world.another_process() };
    assert_eq!(process.renew().await, Renewal::NotDue);
    assert_eq!(world.server.calls("refresh"), 1);
    assert_eq!(world.registry.stored_secret("connection/shop"), None);
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_its_refusals_are_told_apart() {
    let world = World::authorised(None).await;
    let authorise = world.process.authorise();
    let code = world.server.code();
    authorise.finish(&shop(), &code, None).await.unwrap();
    assert!(matches!(authorise.finish(&shop(), &code, None).await, Err(AuthoriseError::InvalidCode { .. })));
    type Expected = fn(&AuthoriseError) -> bool;
    let cases: [(&str, Expected); 4] = [
        ("AppWhiteIpLimit", |e| matches!(e, AuthoriseError::IpNotAllowed { .. })),
        ("InsufficientPermission", |e| matches!(e, AuthoriseError::PermissionRefused { .. })),
        ("IncompleteSignature", |e| matches!(e, AuthoriseError::AppKeyRefused { .. })),
        ("SomethingElse", |e| matches!(e, AuthoriseError::Call { .. })),
    ];
    for (code, expected) in cases {
        world.server.fail([TokenFault::Refuse(code)]);
        let error = authorise.finish(&shop(), &world.server.code(), None).await.unwrap_err();
        assert!(expected(&error), "{code}: {error:?}");
    }
    // A call that nobody knows the end of isn't made twice.
    let before = world.server.calls("exchange");
    world.server.fail([TokenFault::LoseAnswer]);
    assert!(authorise.finish(&shop(), &world.server.code(), None).await.is_err());
    assert_eq!(world.server.calls("exchange"), before + 1);
}

/// Whatever is left, the next attempt or the next run of refresh-tokens puts it right.
#[tokio::test]
async fn a_death_at_any_write_of_connecting_is_made_up_for() {
    for at_write in 0..3 {
        for after_effect in [false, true] {
            let world = World::empty().await;
            world.registry.die(Death { at_write, after_effect });
            assert!(world.process.authorise().prepare(new_connection()).await.is_err());
            let next = world.another_process();
            next.authorise().prepare(new_connection()).await.unwrap();
            next.authorise().finish(&shop(), &world.server.code(), None).await.unwrap();
            assert!(world.is_sound(), "{at_write} {after_effect}");
        }
    }
}

#[tokio::test]
async fn a_death_at_any_write_of_a_reconnection_leaves_the_old_or_the_new_authorisation() {
    for at_write in 0..2 {
        for after_effect in [false, true] {
            let world = World::authorised(None).await;
            world.at_day(5);
            world.registry.die(Death { at_write, after_effect });
            let died = world.process.authorise().finish(&shop(), &world.server.code(), Some(Length::Six)).await;
            assert!(died.is_err());
            let next = world.another_process();
            let renewal = next.renew().await;
            if at_write == 0 && !after_effect {
                // Nothing was stored: the code is spent, and the old pair goes on as far as the marketplace lets it.
                assert_eq!((renewal, world.known().generation), (Renewal::NotDue, 1));
            } else {
                assert!(world.is_sound(), "{at_write} {after_effect} {renewal:?}");
                assert_eq!((world.known().generation, world.known().length), (2, Some(Length::Six)));
            }
            // And the person may simply do it again.
            next.authorise().finish(&shop(), &world.server.code(), Some(Length::Six)).await.unwrap();
            assert!(world.is_sound());
        }
    }
}

#[tokio::test]
async fn a_removed_connection_keeps_its_name_and_loses_its_keys() {
    let world = World::authorised(None).await;
    let authorise = world.process.authorise();
    authorise.remove(&shop()).await.unwrap();
    assert_eq!(state(&world).await, ConnectionState::Removed);
    assert_eq!(world.registry.stored_secret("connection/shop"), None);
    assert!(world.registry.connection(&shop()).unwrap().removed);
    assert!(world.registry.authorised(&shop()).is_none());
    authorise.remove(&shop()).await.unwrap();
    assert!(matches!(authorise.pause(&shop()).await, Err(AuthoriseError::Unknown { .. })));
    // The name may be used again, at the same marketplace.
    let elsewhere = NewConnection { marketplace: MarketplaceKind::Alibaba, ..new_connection() };
    assert!(matches!(authorise.prepare(elsewhere).await, Err(AuthoriseError::Taken { .. })));
    authorise.prepare(new_connection()).await.unwrap();
    authorise.finish(&shop(), &world.server.code(), None).await.unwrap();
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_death_at_any_write_of_a_removal_is_finished_by_the_next_run() {
    for at_write in 0..3 {
        for after_effect in [false, true] {
            let world = World::authorised(None).await;
            world.registry.die(Death { at_write, after_effect });
            assert!(world.process.authorise().remove(&shop()).await.is_err());
            let next = world.another_process();
            let job = Job { job: JobKind::Refresh, connection: None };
            next.refresh().round(&job, &next.announcer, jiff::Timestamp::MAX).await.unwrap();
            if world.registry.connection(&shop()).unwrap().removed {
                assert_eq!(world.registry.stored_secret("connection/shop"), None, "{at_write} {after_effect}");
                assert!(world.registry.authorised(&shop()).is_none());
            } else {
                assert!(world.is_sound(), "not begun: {at_write} {after_effect}");
            }
        }
    }
}

#[tokio::test]
async fn a_paused_connection_stays_authorised() {
    let world = World::authorised(None).await;
    let authorise = world.process.authorise();
    authorise.pause(&shop()).await.unwrap();
    assert_eq!(state(&world).await, ConnectionState::Paused);
    world.at_day(20);
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    authorise.resume(&shop()).await.unwrap();
    assert_eq!(state(&world).await, ConnectionState::Live);
}

#[tokio::test]
async fn a_file_that_is_registered_again_does_not_bring_back_tokens_that_were_renewed_since() {
    let world = World::empty().await;
    let register = async || {
        let (access, refresh) = (Secret::new("access-0"), Some(Secret::new("refresh-0")));
        world.process.authorise().register(new_connection(), access, refresh, Some(Length::One)).await.unwrap();
    };
    register().await;
    assert!(world.is_sound());
    assert_eq!(world.process.renew().await, Renewal::Renewed, "at once: nobody knows when they end");
    assert_eq!(world.known().chosen_end, Some(Length::One.end(crate::lab::start())));
    register().await;
    assert!(world.is_sound());
    assert_eq!(world.keys().access_token.unwrap().expose(), "access-1");
    // Other tokens are new ones.
    world.process.authorise().register(new_connection(), Secret::new("other"), None, None).await.unwrap();
    assert_eq!((world.known().generation, world.keys().generation()), (3, 3));
}

#[tokio::test]
async fn what_an_older_version_registered_is_taken_over_and_renewed_to_learn_its_ends() {
    let world = World::empty().await;
    let old = serde_json::json!({"app_key": "1", "app_secret": "2", "access_token": "access-0", "refresh_token": "refresh-0"});
    world.process.directory.secrets.put_secret("connection/shop", &old).await.unwrap();
    world.process.directory.config.put_connection(&connection()).await.unwrap();
    assert_eq!(state(&world).await, ConnectionState::Live);
    assert_eq!(world.process.renew().await, Renewal::Renewed);
    assert!(world.is_sound());
    assert_eq!(world.known().access_ends_at, Some(crate::lab::start() + days(30)));
}

#[tokio::test]
async fn an_accounts_key_is_tried_before_it_is_kept() {
    let world = World::empty().await;
    let account = |key: &str| NewAccount {
        id: AccountId::parse("second").unwrap(),
        api_key: Secret::new(key),
        api_secret: Secret::new("s"),
        calls_per_minute: 40,
        webhook_secret: Secret::new("w".repeat(32)),
    };
    assert!(world.process.authorise().connect_account(&account("bad")).await.is_err());
    assert_eq!(world.registry.stored_secret("account/second"), None);
    let kept = world.process.authorise().connect_account(&account("good")).await.unwrap();
    assert_eq!(world.registry.stored_secret("account/second").unwrap()["webhook_secret"], "w".repeat(32));
    // Its webhook secret stays when its key changes.
    let other = NewAccount { webhook_secret: Secret::new("x".repeat(32)), ..account("good") };
    assert_eq!(world.process.authorise().connect_account(&other).await.unwrap(), kept);
    // Another account of the same key would have a second budget for the one limit.
    let third = NewAccount { id: AccountId::parse("third").unwrap(), ..account("good") };
    let taken = world.process.authorise().connect_account(&third).await.unwrap_err();
    assert!(matches!(&taken, AuthoriseError::KeyInUse { account } if account.as_str() == "second"), "{taken}");
    assert_eq!(world.registry.stored_secret("account/third"), None);
}

#[tokio::test]
async fn nothing_that_is_printed_of_a_connection_holds_a_token() {
    let world = World::authorised(Some(Length::One)).await;
    let overview = world.process.authorise().list().await.unwrap();
    let printed =
        format!("{:?} {} {:?} {:?}", overview, serde_json::to_string(&overview).unwrap(), world.known(), world.keys());
    for secret in ["access-1", "refresh-1", "app-secret"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert_eq!(world.known().needs_reauth(world.clock.now()), None::<WhyReauth>);
}
