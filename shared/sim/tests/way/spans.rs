//! Which time each schedule asks each list for.

use jiff::SignedDuration;
use tallyman_app::{
    connection::Connection,
    poll::{Job, JobKind, fan_out},
    ports::{Hint, Listing, Window},
};
use tallyman_domain::{ConnectionId, MarketplaceKind};
use tallyman_sim::samples;

fn asked(job: &Job, connections: &[Connection]) -> Vec<(String, Listing, Option<Window>)> {
    let now = samples::at("2026-11-21T03:30:00Z");
    let hints = fan_out(job, connections, now).into_iter();
    hints
        .map(|hint| match hint {
            Hint::Poll { connection, listing, window, page: 0, down: false } => {
                (connection.to_string(), listing, window)
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn each_job_asks_every_connection_for_its_lists_and_spans_and_ended_orders_with_the_others() {
    let now = samples::at("2026-11-21T03:30:00Z");
    let hours = |hours| Some(Window { from: now - SignedDuration::from_hours(hours), to: now });
    let table = [
        (JobKind::Import, vec![(Listing::Modified, None)]),
        (JobKind::Status, vec![(Listing::Modified, hours(24)), (Listing::ModifiedEnded, None)]),
        (
            JobKind::Deep,
            vec![
                (Listing::Modified, hours(48)),
                (Listing::ModifiedEnded, hours(48)),
                (Listing::Created, hours(14 * 24)),
                (Listing::CreatedEnded, hours(14 * 24)),
            ],
        ),
    ];
    let one = samples::connection(MarketplaceKind::AliExpress);
    let two = Connection { id: ConnectionId::parse("other").unwrap(), ..one.clone() };
    let paused = Connection { id: ConnectionId::parse("paused").unwrap(), paused: true, ..one.clone() };
    for (kind, lists) in table {
        let job = |connection| Job { job: kind, connection, from: None, to: None };
        let of = |name: &str| lists.iter().map(|(l, w)| (name.to_owned(), *l, *w)).collect::<Vec<_>>();
        let all = [one.clone(), two.clone(), paused.clone()];
        assert_eq!(asked(&job(None), &all), [of("shop"), of("other")].concat(), "{kind:?}");
        assert_eq!(asked(&job(Some(two.id.clone())), &all), of("other"), "{kind:?}");
    }
}

#[test]
fn a_range_by_hand_takes_the_place_of_each_span() {
    let (from, to) = (samples::at("2026-10-01T00:00:00Z"), samples::at("2026-10-02T00:00:00Z"));
    let connections = [samples::connection(MarketplaceKind::AliExpress)];
    for (kind, lists) in [(JobKind::Import, 1), (JobKind::Status, 2), (JobKind::Deep, 4)] {
        let asked = asked(&Job { job: kind, connection: None, from: Some(from), to: Some(to) }, &connections);
        let windows: Vec<_> = asked.into_iter().map(|(_, _, window)| window).collect();
        assert_eq!(windows, vec![Some(Window { from, to }); lists], "{kind:?}");
    }
}
